"""How a customer stands in a store: erased, merged, or one whose acts were taken back."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shared.merging import survivor_of


def customer_hash(customer: str) -> str:
    """The key of a customer who may have been erased, and whose id is then kept nowhere."""
    return hashlib.sha256(customer.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Standing:
    """`has_withdrawals` says that the ledger may hold one that waits for its act; who is
    `excluded` earns nothing."""

    erased: bool = False
    merged_into: str | None = None
    has_withdrawals: bool = False
    excluded: bool = False


def survivors_of(ids: Iterable[str], merged_into: Mapping[str, str]) -> dict[str, str]:
    """Whom the acts of those `ids` count for that were merged into another."""
    ways = {id: survivor_of(id, merged_into) for id in ids}
    return {id: survivor for id, survivor in ways.items() if survivor != id}
