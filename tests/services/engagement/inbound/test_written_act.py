"""What acts say of money, ratings and promises, as scoring sees it."""

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.engagement.domain.act import Act
from services.engagement.inbound.acts_topic import ReadActs
from services.engagement.inbound.feedback_topic import ReadAnswers
from shared.contracts.acts_reader import ActsReader
from shared.contracts.cloudevents import CloudEvent
from shared.contracts.feedback import ANSWERED
from shared.errors import Invalid
from shared.money import LIMIT
from tests.shipped import catalogue, example

NOW = datetime(2026, 6, 1, tzinfo=UTC)
TIME = "2026-05-30T10:00:00Z"
read = ReadActs(ActsReader(catalogue())).at(NOW)
read_answer = ReadAnswers().at(NOW)


def make_event(event_type: str, data: dict[str, Any]) -> CloudEvent:
    return CloudEvent(
        id="1",
        source="/shop",
        type=event_type,
        subject="c-1",
        time=TIME,
        datacontenttype="application/json",
        data=msgspec.json.encode(data),
    )


def act(kind: str, **said: Any) -> Act:
    """The least that an act of `kind` can say, and what is `said` besides."""
    event_type = f"io.requite.act.{kind}.v1"
    made = read(make_event(event_type, example(event_type) | said), b"c-1")
    assert made is not None
    return made


def margin(*lines: dict[str, Any], **said: Any) -> int | None:
    return act("purchase", **({"products": list(lines)} if lines else {}), **said).margin


def answer(value: int, scale: list[int]) -> float | None:
    data = {"survey": "order", "value": value, "scale": scale}
    made = read_answer(make_event(ANSWERED, data), b"c-1")
    assert made is not None
    return made.rating


def line(price: object, cost: object, quantity: object) -> dict[str, Any]:
    return {"price": price, "cost": cost, "quantity": quantity}


def test_an_act_that_says_no_more_says_nothing_of_these() -> None:
    said = act("purchase")
    assert (said.channel, said.margin, said.rating, said.kept_promise) == (None, None, None, None)


@pytest.mark.parametrize("kind", ["purchase", "visit", "help", "review"])
def test_every_act_has_a_channel(kind: str) -> None:
    assert act(kind, channel="app").channel == "app"


def test_the_margin_counts_as_it_is_told() -> None:
    costly = line("1", "2", "3")
    assert margin(costly, margin="18.305") == 183_050
    assert margin(costly, margin="-2.5") == -25_000
    assert margin(margin=0) == 0
    assert act("subscription_renewed", total="9.90", currency="EUR", margin="6.40").margin == 64_000


def test_else_it_is_what_the_lines_come_to() -> None:
    assert margin(line("21.25", "12.10", "2")) == 183_000
    assert margin(line("1", "3", 2), line(0.5, "0.25", "1.5")) == -36_250
    assert margin(line("0.001", "0", "0.5"), line("0.001", "0", "0.05")) == 6  # half to even, once


def test_a_line_that_leaves_something_open_leaves_the_margin_open() -> None:
    whole = line("2", "1", "1")
    for member in whole:
        assert (
            margin(whole, {name: value for name, value in whole.items() if name != member}) is None
        )
    assert act("purchase", products=[]).margin is None


@pytest.mark.parametrize("quantity", ["1e16", "1e999999", "1e-999999", "0e999999", "1." + "0" * 99])
def test_a_quantity_that_nobody_can_mean_leaves_it_open(quantity: str) -> None:
    data = (
        b'{"order_id":"1","total":"1","currency":"EUR","products":'
        b'[{"price":"2","cost":"1","quantity":%s}]}' % quantity.encode()
    )
    event = make_event("io.requite.act.purchase.v1", {})
    made = read(msgspec.structs.replace(event, data=data), b"c-1")
    assert made is not None
    assert made.margin is None


def test_more_than_money_can_be_is_not_known_either() -> None:
    most = line(str(LIMIT - 1), "0", "1")
    assert margin(most) == (LIMIT - 1) * 10_000
    assert margin(most, most) is None


def test_an_amount_too_precise_is_refused() -> None:
    with pytest.raises(Invalid, match="decimals"):
        margin(margin="1.23456")
    with pytest.raises(Invalid, match="decimals"):
        margin(line("1", "0.12345", "1"))


AMOUNTS = st.decimals(0, 10**11, places=3).map(str)
QUANTITIES = st.decimals(-(10**6), 10**6, places=9).map(lambda one: format(one, "f"))


@given(st.lists(st.builds(line, AMOUNTS, AMOUNTS, QUANTITIES), min_size=1, max_size=5))
def test_the_sum_is_exact_until_it_is_rounded(lines: list[dict[str, str]]) -> None:
    exact = sum(
        Fraction(Decimal(one["quantity"])) * (Fraction(one["price"]) - Fraction(one["cost"]))
        for one in lines
    )
    expected = round(exact * 10_000)
    assert margin(*lines) == (expected if abs(expected) <= LIMIT * 10_000 else None)


@pytest.mark.parametrize(("stars", "rating"), [(1, 0.0), (3, 0.5), (5, 1.0)])
def test_a_review_has_stars(stars: int, rating: float) -> None:
    assert act("review", rating=stars).rating == rating


@pytest.mark.parametrize(
    ("said", "rating"),
    [
        ({"rating": 9, "scale_min": 0, "scale_max": 10}, 0.9),
        ({"rating": 0, "scale_min": -2, "scale_max": 2}, 0.5),
        ({"rating": 11, "scale_min": 0, "scale_max": 10}, None),
        ({"rating": 5, "scale_min": 5, "scale_max": 5}, None),
        ({"rating": 5, "scale_min": 10, "scale_max": 0}, None),
        ({"rating": 5, "scale_min": 0}, None),
        ({"rating": 5}, None),
        ({"scale_min": 0, "scale_max": 10}, None),
    ],
)
def test_a_rating_counts_on_its_scale(said: dict[str, int], rating: float | None) -> None:
    assert act("survey_answer", **said).rating == rating


def test_an_answer_has_its_own_scale() -> None:
    assert answer(3, [0, 10]) == 0.3
    assert answer(1, [1, 5]) == 0.0
    assert answer(11, [0, 10]) is None
    assert answer(5, [5, 5]) is None


BEFORE, AFTER = "2026-05-30T09:59:59Z", "2026-05-30T12:00:01+02:00"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({}, None),
        ({"delivered_at": BEFORE}, None),
        ({"promised_at": TIME}, True),
        ({"promised_at": BEFORE}, False),
        ({"promised_at": BEFORE, "delivered_at": BEFORE}, True),
        ({"promised_at": TIME, "delivered_at": AFTER}, False),
    ],
)
def test_a_promise_is_kept_by_the_time_it_was_given_for(
    said: dict[str, str], kept: bool | None
) -> None:
    assert act("delivery", **said).kept_promise is kept


def test_what_a_purchase_promises_is_yet_to_be_kept() -> None:
    assert act("purchase", promised_at="2026-06-04T18:00:00Z").kept_promise is None
