"""A moment: a fact about a customer that is worth a reaction."""

import hashlib

from msgspec import Struct

from shared.contracts.engagement import ActRef, MomentKind


class Moment(Struct, frozen=True, kw_only=True):
    """As in shared.contracts.engagement, with the `id` that makes it occur once; `time` in ms."""

    id: str
    customer: str
    kind: MomentKind
    name: str
    time: int
    number: int | None = None
    act: ActRef | None = None


def moment_id(customer: str, kind: MomentKind, name: str, occurrence: str = "") -> str:
    """32 hex digits; the same for the same occurrence, whoever finds it and however often."""
    text = "\n".join((customer, kind, name, occurrence))
    return hashlib.sha256(text.encode()).hexdigest()[:32]
