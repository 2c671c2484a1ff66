"""The order that a referral hangs on: what all tellings of it say, in whatever order they came."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

Kind = Literal["purchase", "refund", "cancellation", "withdrawal"]


@dataclass(frozen=True, slots=True)
class Telling:
    """What one act says of an order. `key` is the act's identity; the same act says it once.

    `order_id` is None only for a withdrawal, whose `withdrawn` is the key of the act that it takes
    back. `amount` is the order's total, or what was refunded; `cumulative` where that is all that
    was refunded so far. `updated_at` tells later tellings of one purchase from earlier ones, and
    a cancellation that has it holds until a later purchase.
    """

    key: str
    kind: Kind
    at: datetime
    order_id: str | None = None
    amount: Decimal = Decimal(0)
    cumulative: bool = False
    updated_at: datetime | None = None
    withdrawn: str | None = None

    @property
    def version(self) -> tuple[datetime, str]:
        """The highest of a purchase counts."""
        return self.updated_at or self.at, self.key


@dataclass(frozen=True, slots=True)
class Order:
    """An order as it stood at the end of its return window; `void` says why it is worth nothing,
    `void_at` since when."""

    id: str
    placed_at: datetime
    void: Literal["refunded", "cancelled"] | None = None
    void_at: datetime | None = None


def first_order(
    tellings: Collection[Telling], since: datetime, until: datetime, return_window: timedelta
) -> Order | None:
    """The first order placed from `since` on and before `until`; what happened to it once its
    return window was over does not count. An order that never cost anything is none."""
    standing = _standing(tellings)
    placed = sorted((at, order_id) for order_id, at in placements(standing) if since <= at < until)
    for at, order_id in placed:
        order = _order(order_id, at, return_window, standing)
        if order is not None:
            return order
    return None


def placements(tellings: Iterable[Telling]) -> Sequence[tuple[str, datetime]]:
    """Each order with the time at which it was placed: the earliest that was told."""
    placed: dict[str, datetime] = {}
    for one in tellings:
        if one.kind == "purchase" and one.order_id is not None:
            placed[one.order_id] = min(one.at, placed.get(one.order_id, one.at))
    return list(placed.items())


def _standing(tellings: Collection[Telling]) -> list[Telling]:
    withdrawn = {one.withdrawn for one in tellings}
    return [one for one in tellings if one.key not in withdrawn]


def _moment(telling: Telling) -> datetime:
    # A purchase that is told again keeps its time, and says by this when it was changed.
    return telling.updated_at or telling.at


def _order(
    order_id: str, placed_at: datetime, return_window: timedelta, standing: Sequence[Telling]
) -> Order | None:
    mine = sorted(
        (one for one in standing if one.order_id == order_id), key=lambda one: one.version
    )
    end = placed_at + return_window
    about = [one for one in mine if _moment(one) < end]
    purchases = [one for one in about if one.kind == "purchase"]
    # One that is known by a late change alone was placed nevertheless.
    purchases = purchases or [one for one in mine if one.kind == "purchase"][:1]
    if not any(one.amount > 0 for one in purchases):
        return None
    latest = purchases[-1]
    cancelled = [one.at for one in about if one.kind == "cancellation" and _holds(one, latest)]
    if cancelled:
        return Order(order_id, placed_at, "cancelled", min(cancelled))
    refunds = [one for one in about if one.kind == "refund"]
    plain = sum((one.amount for one in refunds if not one.cumulative), Decimal(0))
    told = max((one.amount for one in refunds if one.cumulative), default=Decimal(0))
    if latest.amount > max(plain, told):
        return Order(order_id, placed_at)
    return Order(order_id, placed_at, "refunded", max(map(_moment, [latest, *refunds])))


def _holds(cancellation: Telling, latest: Telling) -> bool:
    """Unless the order went on after it."""
    at = cancellation.updated_at
    return at is None or at >= _moment(latest)
