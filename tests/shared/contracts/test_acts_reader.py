"""What everybody who reads requite.acts.v1 refuses alike."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from shared.contracts.acts_reader import FUTURE_TOLERANCE, ActsReader
from shared.contracts.cloudevents import CloudEvent
from shared.errors import Invalid
from tests.shipped import catalogue

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
OPENED = datetime(2019, 3, 1, tzinfo=UTC)
BOUGHT = {"order_id": "1001", "total": "42.50", "currency": "EUR"}
read = ActsReader(catalogue()).at(NOW)


def make_event(data: Any = BOUGHT, **attributes: Any) -> CloudEvent:
    usual: dict[str, Any] = {
        "id": "1",
        "source": "/shop",
        "type": "io.requite.act.purchase.v1",
        "subject": "c-1",
        "time": "2026-05-30T10:00:00Z",
        "datacontenttype": "application/json",
        "data": msgspec.json.encode(data),
    }
    return CloudEvent(**usual | attributes)


def test_an_act_is_told_with_what_it_says_and_when_it_happened() -> None:
    event = make_event(time="2026-05-30T12:00:00+02:00")
    told = read(event, b"c-1")
    assert told.event is event
    assert (told.payload.order_id, str(told.payload.total)) == ("1001", "42.50")
    assert told.instant == datetime(2026, 5, 30, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("event", "pointer"),
    [
        (make_event(type="io.requite.act.opened.v1"), "/type"),
        (make_event({"order_id": "1001"}), "/data"),
        (make_event(data=None), "/data"),
        (make_event(datacontenttype="text/plain"), "/datacontenttype"),
        (make_event(id="i" * 501), "/id"),
        (make_event(source="/" + "s" * 500), "/source"),
        (make_event(subject=None), "/subject"),
        (make_event(subject="c-2"), "/subject"),
        (make_event(subject="forum:anna"), "/subject"),
        (make_event(subject="ana@example.com"), "/subject"),
        (make_event(time=None), "/time"),
        (make_event(time="1969-12-31T23:59:59Z"), "/time"),
        (make_event(time="0001-01-01T00:00:00+01:00"), "/time"),
        (make_event(time="2026-06-01T12:05:31Z"), "/time"),
        (make_event(time="9999-12-31T23:59:59-01:00"), "/time"),
        (make_event(BOUGHT | {"updated_at": "2026-06-01T12:05:31Z"}), "/data/updated_at"),
        (make_event(BOUGHT | {"note": "x" * 480_000}), ""),
        (make_event(extensions={"traceparent": "x" * 480_000}), ""),
    ],
)
def test_what_is_no_act_is_refused_at_its_place(event: CloudEvent, pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(event, b"c-1")
    assert refused.value.pointer == pointer


def test_another_clock_may_go_before_the_reader_s() -> None:
    latest = (NOW + FUTURE_TOLERANCE).isoformat()
    told = read(make_event(BOUGHT | {"updated_at": latest}, time=latest), b"c-1")
    assert told.instant == NOW + FUTURE_TOLERANCE


@pytest.mark.parametrize("opened", [OPENED, OPENED.astimezone(), datetime(1890, 1, 1, tzinfo=UTC)])
def test_no_act_is_older_than_the_shop(opened: datetime) -> None:
    read = ActsReader(catalogue(), opened).at(NOW)
    first = max(opened, datetime(1970, 1, 1, tzinfo=UTC))
    assert read(make_event(time=first.isoformat()), b"c-1").instant == first
    with pytest.raises(Invalid) as refused:
        read(make_event(time=(first - timedelta(microseconds=1)).isoformat()), b"c-1")
    assert refused.value.pointer == "/time"
    assert ("1970" in refused.value.reason) == (opened < first)
