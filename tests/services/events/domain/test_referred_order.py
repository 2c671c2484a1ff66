"""An order is what all tellings of it say, in whatever order they came."""

from datetime import timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from services.events.domain.order_acts import telling_of
from services.events.domain.referred_order import Order, Telling, first_order
from services.events.domain.watched import watch
from tests.services.events.builders import NOW, make_event

HOUR = timedelta(hours=1)
WINDOW = 10 * HOUR


def tell(kind: Any, hours: int = 0, amount: str = "0", **said: Any) -> Telling:
    usual: dict[str, Any] = {"key": f"{kind} {hours} {amount} {said}", "order_id": "o-1"}
    return Telling(**usual | said, kind=kind, at=NOW + hours * HOUR, amount=Decimal(amount))


def found(*tellings: Telling) -> Order | None:
    """The same for every order of arrival."""
    orders = {first_order(some, NOW, NOW + 100 * HOUR, WINDOW) for some in permutations(tellings)}
    (order,) = orders
    return order


BOUGHT = tell("purchase", 0, "50")


@pytest.mark.parametrize(
    ("others", "void"),
    [
        ([], None),
        ([tell("refund", 1, "49.99")], None),
        ([tell("refund", 1, "20"), tell("refund", 2, "30")], "refunded"),
        (
            [tell("refund", 1, "20", cumulative=True), tell("refund", 2, "30", cumulative=True)],
            None,
        ),
        ([tell("refund", 1, "20"), tell("refund", 2, "50", cumulative=True)], "refunded"),
        ([tell("refund", 9, "20"), tell("refund", 10, "30")], None),
        ([tell("cancellation", 9)], "cancelled"),
        ([tell("cancellation", 10)], None),
        ([tell("cancellation", 2, updated_at=NOW + 2 * HOUR)], "cancelled"),
        (
            [
                tell("cancellation", 2, updated_at=NOW + 2 * HOUR),
                tell("purchase", 0, "50", updated_at=NOW + 3 * HOUR),
            ],
            None,
        ),
        (
            [tell("refund", 1, "50", key="r"), tell("withdrawal", 2, withdrawn="r", order_id=None)],
            None,
        ),
        ([tell("purchase", 0, "30", updated_at=NOW + HOUR), tell("refund", 2, "30")], "refunded"),
        ([tell("purchase", 0, "0", updated_at=NOW + HOUR)], "refunded"),
        ([tell("purchase", 0, "0", updated_at=NOW + WINDOW)], None),
        ([tell("refund", 1, "50", order_id="o-2")], None),
    ],
)
def test_what_becomes_of_an_order(others: list[Telling], void: str | None) -> None:
    order = found(BOUGHT, *others)
    assert order is not None
    assert (order.id, order.placed_at, order.void) == ("o-1", NOW, void)


def test_the_first_order_in_time_is_the_one() -> None:
    second = tell("purchase", 2, "5", order_id="o-2")
    early = tell("purchase", -1, "5", order_id="o-0")
    late = tell("purchase", 100, "5", order_id="o-9")
    assert found(second, BOUGHT, early, late) == Order("o-1", NOW)
    assert found(early, late) is None
    assert found(tell("purchase", 0, "0"), second) == Order("o-2", NOW + 2 * HOUR)
    assert found() is None


def test_an_order_that_is_known_by_a_late_change_alone_is_an_order() -> None:
    assert found(tell("purchase", 0, "50", updated_at=NOW + 50 * HOUR)) == Order("o-1", NOW)


@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        ("purchase", {"order_id": "o-1", "total": "1.10"}, ("o-1", Decimal("1.10"), False)),
        ("purchase", {"order_id": "o-1", "total": 1.1}, ("o-1", Decimal("1.1"), False)),
        ("purchase", {"order_id": "o-1", "total": "NaN"}, ("o-1", Decimal(0), False)),
        ("purchase", {"order_id": "o-1", "total": [1]}, ("o-1", Decimal(0), False)),
        ("purchase", {"order_id": 7, "total": "1"}, None),
        ("refund", {"total": "1"}, None),
        (
            "refund",
            {"order_id": "o-1", "total": "1", "cumulative": True},
            ("o-1", Decimal(1), True),
        ),
        ("cancellation", {"order_id": "o-1"}, ("o-1", Decimal(0), False)),
        ("sign_up", {"order_id": "o-1"}, None),
    ],
)
def test_acts_are_read_with_suspicion(kind: str, data: Any, expected: Any) -> None:
    telling = telling_of(watch(make_event(kind, data)))
    said = telling and (telling.order_id, telling.amount, telling.cumulative)
    assert said == expected


def test_a_withdrawal_names_the_act_by_source_and_id() -> None:
    own = telling_of(watch(make_event("withdrawal", {"id": "refund-1"})))
    other = telling_of(watch(make_event("withdrawal", {"id": "refund-1", "source": "/till"})))
    assert own is not None
    assert other is not None
    assert (own.withdrawn, other.withdrawn) == ("/shop refund-1", "/till refund-1")
