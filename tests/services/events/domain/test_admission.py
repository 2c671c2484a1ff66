"""What enters the topic, and the place and reason where something does not."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from services.events.domain.admission import Admission
from shared.contracts.acts import PURCHASE
from shared.contracts.cloudevents import CloudEvent
from shared.errors import Invalid
from tests.services.events.builders import NOW, make_event
from tests.shipped import catalogue, example, programme

admit = Admission(catalogue(), NOW).admit


@pytest.mark.parametrize("name", programme().acts)
def test_every_type_of_the_catalogue_enters_as_it_is(name: str) -> None:
    for data in (None, programme().acts[name].example):
        event = make_event(name, data)
        assert admit(event) is event


def test_without_time_it_happens_now() -> None:
    assert admit(make_event(time=None)).time == NOW.isoformat()


def test_data_without_media_type_is_json() -> None:
    event = make_event(datacontenttype=None)
    assert admit(event) is event


def test_unknown_members_travel_on() -> None:
    event = make_event(data=_PURCHASE | {"basket": "b-7"})
    assert admit(event).data == event.data


def test_five_minutes_of_the_future_are_a_clocks_error() -> None:
    later = (NOW + timedelta(minutes=4)).isoformat()
    assert admit(make_event(time=later)).time == later


@pytest.mark.parametrize("margin", ["-3.50", -3.5, "0", "12.345"])
def test_a_shop_may_lose_on_an_order(margin: object) -> None:
    event = make_event(data=_PURCHASE | {"margin": margin})
    assert admit(event) is event


def test_what_is_dated_before_the_shop_opened_is_refused() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    opened = datetime(2019, 3, 1, tzinfo=berlin).astimezone(UTC)
    admit = Admission(catalogue(), NOW, opened).admit
    for time in ("2019-02-28T23:00:00Z", "2019-03-01T00:00:00+01:00", "2019-03-02T00:00:00Z"):
        assert admit(make_event(time=time)).time == time
    for time in ("2019-02-28T22:59:59Z", "2019-02-28T23:59:59+01:00", "1970-01-01T00:00:00Z"):
        with pytest.raises(Invalid) as refused:
            admit(make_event(time=time))
        assert refused.value.pointer == "/time"
        assert "before the day that the shop opened" in refused.value.reason


def test_a_shop_older_than_all_books_tells_of_no_time_before_them() -> None:
    admit = Admission(catalogue(), NOW, datetime(1890, 5, 1, tzinfo=UTC)).admit
    event = make_event(time="1970-01-01T00:00:00Z")
    assert admit(event) is event
    with pytest.raises(Invalid, match="1970"):
        admit(make_event(time="1969-12-31T23:59:59Z"))


_PURCHASE = example(PURCHASE)
_RENEWAL = {"subscription_id": "s-1", "total": "9.90"}
_RENEWED = {"subscription_id": "s-1", "currency": "EUR"}
_WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("type", {"type": "io.requite.act.opened.v1"}, "/type"),
    ("a long event id", {"id": "i" * 501}, "/id"),
    ("a long source", {"source": "/" + "s" * 500}, "/source"),
    ("no subject", {"subject": None}, "/subject"),
    ("an address as id", {"subject": "ana@example.com"}, "/subject"),
    ("a line break in the id", {"subject": "c\n1"}, "/subject"),
    ("a long id", {"subject": "c" * 201}, "/subject"),
    ("not JSON", {"datacontenttype": "text/plain"}, "/datacontenttype"),
    ("future", {"time": (NOW + timedelta(minutes=6)).isoformat()}, "/time"),
    ("far future", {"time": "9999-12-31T23:59:59Z"}, "/time"),
    ("before all books", {"time": "1969-12-31T23:59:59Z"}, "/time"),
    ("before all days in UTC", {"time": "0001-01-01T00:00:00+01:00"}, "/time"),
    ("data too large", {"data": b'{"x":"%s"}' % (b"x" * 480_000)}, ""),
    ("an extension too large", {"extensions": {"basket": "x" * 200_000}}, ""),
    ("bytes", {"datacontenttype": None, "data": b'{"x":"\xff"}'}, "/data"),
    ("deep bytes", {"datacontenttype": None, "data": b"[" * 9999 + b"]" * 9999}, "/data"),
    ("future abroad", {"time": "2026-06-01T14:00:00+01:00"}, "/time"),
]
_WRONG_DATA: list[tuple[str, str, dict[str, Any], str]] = [
    ("no total", "purchase", {"order_id": "1", "currency": "EUR"}, "/data"),
    ("no order", "purchase", {"total": "1", "currency": "EUR"}, "/data"),
    ("total in words", "purchase", _PURCHASE | {"total": "ten"}, "/data/total"),
    ("negative", "purchase", _PURCHASE | {"total": "-1"}, "/data/total"),
    ("not a number", "purchase", _PURCHASE | {"total": "NaN"}, "/data/total"),
    ("endless", "purchase", _PURCHASE | {"total": "Infinity"}, "/data/total"),
    ("a flood of digits", "purchase", _PURCHASE | {"total": "1." + "0" * 999 + "1"}, "/data/total"),
    ("an exponent bomb", "purchase", _PURCHASE | {"total": "1e999999"}, "/data/total"),
    ("words between digits", "purchase", _PURCHASE | {"total": "1_000"}, "/data/total"),
    ("a space", "purchase", _PURCHASE | {"total": " 1"}, "/data/total"),
    ("a line break", "purchase", _PURCHASE | {"total": "1\n"}, "/data/total"),
    ("foreign digits", "purchase", _PURCHASE | {"total": "\u0663"}, "/data/total"),
    ("true", "purchase", _PURCHASE | {"total": True}, "/data/total"),
    ("a total without currency", "subscription_renewed", _RENEWAL, "/data/currency"),
    ("no time", "purchase", _PURCHASE | {"updated_at": "yesterday"}, "/data/updated_at"),
    ("revised", "purchase", _PURCHASE | {"updated_at": "2026-06-01T12:06:00Z"}, "/data/updated_at"),
    ("no zone", "purchase", _PURCHASE | {"updated_at": "2026-01-05T10:00:00"}, "/data/updated_at"),
    ("too precise", "purchase", _PURCHASE | {"total": "1.2345"}, "/data/total"),
    ("yen with cents", "purchase", _PURCHASE | {"total": "1.50", "currency": "JPY"}, "/data/total"),
    ("lower case", "purchase", _PURCHASE | {"currency": "eur"}, "/data/currency"),
    ("no currency", "purchase", _PURCHASE | {"currency": "ABC"}, "/data/currency"),
    (
        "price",
        "purchase",
        _PURCHASE | {"products": [{"price": "1"}, {"price": "0.00001"}]},
        "/data/products/1/price",
    ),
    (
        "cost",
        "purchase",
        _PURCHASE | {"products": [{"cost": "1"}, {"cost": "-1"}]},
        "/data/products/1/cost",
    ),
    ("margin", "purchase", _PURCHASE | {"margin": "-0.00001"}, "/data/margin"),
    ("a margin of nothing", "subscription_renewed", _RENEWED | {"margin": "1"}, "/data/total"),
    ("rating", "review", {"rating": 6}, "/data/rating"),
    ("rating as text", "review", {"rating": "5"}, "/data/rating"),
    ("channel", "help", {"channel": "pigeon"}, "/data/channel"),
    ("a list", "help", {"helped": ["c-2"]}, "/data/helped"),
]


def _raw(data: bytes | None) -> CloudEvent:
    return replace(make_event(), datacontenttype=None, data=data)


@pytest.mark.parametrize("data", [None, b"{", b'{"order_id": "\xff"}', b"", b"null"])
def test_data_that_is_no_json_object_is_refused(data: bytes | None) -> None:
    with pytest.raises(Invalid) as refused:
        admit(_raw(data))
    assert refused.value.pointer == "/data"


@pytest.mark.parametrize(("change", "pointer"), [w[1:] for w in _WRONG], ids=[w[0] for w in _WRONG])
def test_a_wrong_event_is_refused_at_its_place(change: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        admit(make_event(**change))
    assert refused.value.pointer == pointer


@pytest.mark.parametrize(
    ("kind", "data", "pointer"), [w[1:] for w in _WRONG_DATA], ids=[w[0] for w in _WRONG_DATA]
)
def test_a_wrong_payload_is_refused_at_its_place(
    kind: str, data: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(Invalid) as refused:
        admit(make_event(kind, data))
    assert refused.value.pointer == pointer


def test_a_reason_repeats_no_value() -> None:
    with pytest.raises(Invalid) as refused:
        admit(make_event("help", {"channel": "ana@example.com"}))
    assert "ana" not in refused.value.reason


def test_an_unknown_type_gets_a_hint() -> None:
    with pytest.raises(Invalid) as refused:
        admit(make_event(type="io.requite.act.purchas.v1"))
    assert refused.value.reason.endswith("Did you mean 'io.requite.act.purchase.v1'?")


def test_three_decimals_are_a_price() -> None:
    event = make_event(data=_PURCHASE | {"total": "0.125"})
    assert admit(event) is event


def test_a_number_literal_is_exact_too() -> None:
    raw = b'{"order_id": "1", "total": 12.30, "currency": "EUR"}'
    event = _raw(raw)
    assert admit(event) is event
