"""What a payload says, whichever type of act it is of."""

from functools import lru_cache
from typing import Any

from msgspec import UNSET, Struct


def said(payload: Any, member: str) -> Any:
    """None where it says nothing, or is of a type that has no such member."""
    value = getattr(payload, member, UNSET)
    return None if value is UNSET else value


@lru_cache(maxsize=1024)
def members_of(payload_type: type[Struct]) -> frozenset[str]:
    """The members that a payload of this type may have: most acts have few of those asked for."""
    return frozenset(payload_type.__struct_fields__)
