"""What the notifier reads of requite.engagement.v1."""

import msgspec

from services.notifier.inbound.engagement_topic import read_act
from shared.contracts.cloudevents import CloudEvent, kafka_binding
from shared.contracts.engagement import MOMENT, SCORED, ActRef, Moment, Scored
from shared.messaging.ports import Delivery

ACT = ActRef(source="/shop", id="1", type="io.requite.act.help.v1", time="2026-01-01T00:00:00Z")


def _delivered(event_type: str, data: msgspec.Struct) -> Delivery:
    headers, value = kafka_binding.encode(
        CloudEvent(
            id="1",
            source="/requite/engagement",
            type=event_type,
            subject="c-1",
            time="2026-01-01T00:00:00Z",
            datacontenttype="application/json",
            data=msgspec.json.encode(data),
        )
    )
    return Delivery("engagement", 0, 0, 0, b"c-1", value, headers)


def test_an_act_that_was_scored_is_read() -> None:
    scored = Scored(act=ACT, data=msgspec.Raw(b"{}"), dimension="community", points=1, formula="f")
    act = read_act(_delivered(SCORED, scored))
    assert act is not None
    assert (act.customer, act.kind) == ("c-1", "help")


def test_a_moment_is_passed_over() -> None:
    moment = Moment(kind="first", name="purchase", time="2026-01-01T00:00:00Z", act=ACT)
    assert read_act(_delivered(MOMENT, moment)) is None
