"""What the notifier reads of requite.engagement.v1."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pytest

from services.notifier.domain.customer import Standing
from services.notifier.domain.marks import Mark, joined
from services.notifier.domain.occasion import Occasion, decision_id
from services.notifier.inbound.engagement_topic import EngagementTopic, read_occasion
from shared.clock import epoch_ms
from shared.contracts import engagement
from shared.contracts.cloudevents.timestamp import parse_timestamp
from shared.contracts.engagement import MOMENT, SCORED, STANDING, ActRef, Moment, Scored
from shared.contracts.feedback import ANSWERED
from shared.messaging.ports import Delivery, Record
from tests.services.notifier.builders import TRACE, make_batch, make_record

AT = "2026-01-05T10:00:00Z"
BEFORE, AFTER = "2026-01-04T10:00:00Z", "2026-01-09T10:00:00Z"


def ms(text: str) -> int:
    return epoch_ms(parse_timestamp(text))


def act(
    kind: str,
    data: Mapping[str, Any] | None = None,
    note: str | None = None,
    customer: str | None = "c-1",
    time: str = AT,
) -> Record:
    """The record by which engagement tells of one act."""
    type = ANSWERED if kind == "answer" else f"io.requite.act.{kind}.v1"
    ref = ActRef(source="/shop", id="1", type=type, time=time)
    raw = msgspec.Raw(json.dumps(data or {}).encode())
    scored = Scored(act=ref, data=raw, dimension="x", points=1, formula="f", note=note)
    return make_record(SCORED, scored, customer)


def standing(time: str, level: str, customer: str = "c-1") -> Record:
    told = engagement.Standing(time=time, level=level, segments=("loyal",), circles=("club",))
    return make_record(STANDING, told, customer)


def occasion_of(record: Record) -> Occasion:
    found = read_occasion(Delivery("t", 0, 0, 0, record.key, record.value, record.headers))
    assert found is not None
    return found


class Heard:
    """Takes everything in, in the order in which it came."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.topic = EngagementTopic(self.decide, self.stand, self.mark)

    async def decide(self, occasions: Sequence[Occasion]) -> None:
        self.calls.append(("decide", [one.kind for one in occasions]))

    async def stand(self, standings: Mapping[str, Standing]) -> None:
        self.calls.append(("stand", dict(standings)))

    async def mark(self, marks: Mapping[str, Sequence[Mark]]) -> None:
        self.calls.append(("mark", {customer: list(told) for customer, told in marks.items()}))


async def marks_of(*records: Record) -> list[Mark]:
    heard = Heard()
    assert not await heard.topic(make_batch("t", *records))
    marks: dict[str, list[Mark]] = dict(heard.calls)["mark"]
    return marks.get("c-1", [])


def test_an_act_is_read_with_its_order() -> None:
    data = {"order_id": "1001", "words": "très bien"}
    found = occasion_of(act("help", data, note="capped"))
    assert (found.customer, found.kind, found.time) == ("c-1", "help", ms(AT))
    assert (found.order, found.note, found.trace) == ("1001", "capped", TRACE)
    assert json.loads(found.data) == data
    assert found.ref == ActRef(source="/shop", id="1", type="io.requite.act.help.v1", time=AT)


@pytest.mark.parametrize("data", [{}, {"order_id": 7}, {"x": {"order_id": "1"}}])
def test_an_order_is_a_text_of_the_payload_itself(data: dict[str, Any]) -> None:
    assert occasion_of(act("help", data)).order is None


def test_an_answer_has_a_name_of_its_own() -> None:
    assert occasion_of(act("answer")).kind == "answer"


@pytest.mark.parametrize(
    ("kind", "name", "number", "called"),
    [
        ("level_reached", "friend", None, "level_reached.friend"),
        ("nth", "purchase", 10, "nth.purchase"),
        ("anniversary", "", 2, "anniversary"),
        ("touchpoint", "Club", None, "touchpoint.club"),
    ],
)
def test_a_moment_is_an_occasion_of_its_own(
    kind: Any, name: str, number: int | None, called: str
) -> None:
    record = make_record(MOMENT, Moment(kind=kind, name=name, time=AT, number=number))
    found = occasion_of(record)
    assert (found.kind, found.time, found.order) == (called, ms(AT), None)
    assert found.ref == ActRef(source="/test", id="e-1", type=MOMENT, time=AT)
    assert json.loads(found.data) == {"kind": kind, "name": name, "number": number}


async def test_what_is_known_comes_first_then_what_is_decided() -> None:
    heard = Heard()
    batch = make_batch(
        "t",
        act("purchase", {"order_id": "1", "promised_at": AFTER}),
        standing(AFTER, "friend"),
        standing(AT, "guest"),
        make_record("io.requite.engagement.else.v1", {}),
        make_record(MOMENT, Moment(kind="first", name="purchase", time=AT)),
    )
    assert await heard.topic(batch) == []
    stood = Standing(time=ms(AFTER), level="friend", segments=("loyal",), circles=("club",))
    assert heard.calls == [
        ("stand", {"c-1": stood}),
        ("mark", {"c-1": [Mark(kind="promise", key="1", opened=ms(AFTER))]}),
        ("decide", ["purchase", "first.purchase"]),
    ]


async def test_a_record_that_makes_no_sense_stops_no_other() -> None:
    heard = Heard()
    moment = Moment(kind="first", name="purchase", time="yesterday")
    batch = make_batch(
        "t",
        act("help", customer=None),
        act("help", time="yesterday"),
        make_record(MOMENT, moment),
        make_record(STANDING, {"time": 5}),
        standing("yesterday", "friend"),
        act("help"),
    )
    refused = await heard.topic(batch)
    assert [one.reason.partition(":")[0] for one in refused] == [
        "/subject",
        "/data/act/time",
        "/data/time",
        "/data",
        "/data/time",
    ]
    assert heard.calls[-1] == ("decide", ["help"])


async def test_a_delivery_keeps_the_promise_at_its_own_time() -> None:
    told = {"order_id": "1", "delivered_at": AFTER}
    assert await marks_of(act("delivery", told), act("delivery", {"order_id": "2"})) == [
        Mark(kind="promise", key="1", closed=ms(AFTER)),
        Mark(kind="promise", key="2", closed=ms(AT)),
    ]


async def test_a_cancellation_makes_the_order_void_and_awaits_no_parcel() -> None:
    told = {"order_id": "1", "updated_at": AFTER}
    assert await marks_of(act("cancellation", told)) == [
        Mark(kind="order_void", key="1", opened=ms(AFTER)),
        Mark(kind="promise", key="1", closed=ms(AFTER)),
    ]
    assert await marks_of(act("cancellation", told, note=engagement.SUPERSEDED)) == []


@pytest.mark.parametrize("turned", [False, True])
async def test_an_order_that_is_told_anew_is_void_no_more(turned: bool) -> None:
    records = [
        act("cancellation", {"order_id": "1"}),
        act("purchase", {"order_id": "1", "updated_at": AFTER}),
    ]
    marks = await marks_of(*(reversed(records) if turned else records))
    (void,) = (one for one in joined(marks, ()) if one.kind == "order_void")
    assert not void.is_open


async def test_an_order_that_is_told_once_leaves_no_mark() -> None:
    assert await marks_of(act("purchase", {"order_id": "1", "updated_at": BEFORE})) == []


async def test_a_return_waits_for_the_refund_of_its_order() -> None:
    opened = await marks_of(act("return", {"order_id": "1"}))
    closed = await marks_of(act("refund", {"order_id": "1"}), act("refund", {}))
    assert opened == [Mark(kind="refund", key="1", opened=ms(AT))]
    assert closed == [Mark(kind="refund", key="1", closed=ms(AT))]
    assert not joined(opened, closed)[0].is_open


async def test_a_withdrawal_names_the_decision_about_the_act() -> None:
    marks = await marks_of(
        act("withdrawal", {"id": "7"}), act("withdrawal", {"id": "7", "source": "/forum"})
    )
    assert marks == [
        Mark(kind="withdrawn", key=decision_id("/shop", "7"), opened=ms(AT)),
        Mark(kind="withdrawn", key=decision_id("/forum", "7"), opened=ms(AT)),
    ]


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("purchase", {"order_id": "1", "promised_at": "soon"}),
        ("purchase", {"order_id": "1", "promised_at": 5}),
        ("purchase", {"promised_at": AFTER}),
        ("delivery", {}),
        ("return", {"order_id": None}),
        ("withdrawal", {"id": 7}),
        ("help", {"order_id": "1"}),
    ],
)
async def test_what_says_nothing_is_no_mark(kind: str, data: dict[str, Any]) -> None:
    assert await marks_of(act(kind, data)) == []
