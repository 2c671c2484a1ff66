"""What went on with orders and acts that a message must know of: order-independent, bounded."""

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

Kind = Literal["promise", "refund", "order_void", "withdrawn"]
KEPT = 50
"""Marks of a customer, the newest."""


class Mark(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`key` is an order, or of a withdrawn act its decision's id. Times are ms.

    `promise`: the parcel is due at `opened`, arrived at `closed`. `refund`: something was sent back
    at `opened`, money returned at `closed`. `order_void`: cancelled at `opened`, told anew at
    `closed`. `withdrawn`: the act was taken back at `opened`.
    """

    kind: Kind
    key: str
    opened: int | None = None
    closed: int | None = None

    @property
    def is_open(self) -> bool:
        """Opened, and not closed since; a parcel may well arrive before its time."""
        if self.opened is None or self.closed is None:
            return self.opened is not None
        return self.kind != "promise" and self.closed < self.opened


def joined(one: Iterable[Mark], other: Iterable[Mark]) -> tuple[Mark, ...]:
    """What is known by both, whatever came first; the KEPT newest."""
    by_key: dict[tuple[str, str], Mark] = {}
    for mark in (*one, *other):
        known = by_key.get((mark.kind, mark.key), mark)
        by_key[mark.kind, mark.key] = Mark(
            kind=mark.kind,
            key=mark.key,
            opened=_latest(known.opened, mark.opened),
            closed=_latest(known.closed, mark.closed),
        )
    return tuple(sorted(by_key.values(), key=_age)[-KEPT:])


def _age(mark: Mark) -> tuple[int, Kind, str]:
    return (_latest(mark.opened, mark.closed) or 0, mark.kind, mark.key)


def _latest(one: int | None, other: int | None) -> int | None:
    return max((time for time in (one, other) if time is not None), default=None)
