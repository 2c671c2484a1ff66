"""What is told on requite.messages.v1 and requite.feedback.v1 comes onto timelines, once."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec
import pytest

from services.engagement.domain.timeline import CaseOpened, Decision, ItemKind
from services.engagement.inbound.feedback_topic import FeedbackTopic, read_feedback
from services.engagement.inbound.messages_topic import read_message
from services.engagement.inbound.timeline_topic import TimelineTopic
from services.engagement.storage.sqlite import MIGRATIONS, SqliteTimelineStore
from shared.clock import ManualClock
from shared.contracts import feedback, messages
from shared.contracts.engagement import MOMENT, ActRef
from shared.messaging.handler import DeadLetter
from shared.messaging.ports import Batch, Delivery, Record
from shared.storage.sqlite import open_database
from tests.services.engagement.inbound.profile_app import DECIDED, NOW, answer, event

ALL: Sequence[ItemKind] = ("message", "answer", "case", "note")
TIME = "2026-05-30T10:00:00Z"


@pytest.fixture
async def timeline(tmp_path: Path) -> AsyncIterator[SqliteTimelineStore]:
    async with open_database(tmp_path / "engagement.sqlite", MIGRATIONS) as database:
        yield SqliteTimelineStore(database)


def batch(*records: Record) -> Batch:
    deliveries = [
        Delivery("t", 0, offset, 0, one.key, one.value, one.headers)
        for offset, one in enumerate(records)
    ]
    return Batch("t", 0, 0, len(deliveries), deliveries)


async def test_messages_are_kept_once(timeline: SqliteTimelineStore) -> None:
    topic = TimelineTopic(timeline, ManualClock(NOW), read_message)
    delivered = messages.Delivered(message_id="m-1", channel="email", outcome="failed")
    told = batch(
        event(messages.DECIDED, "d", "c-1", TIME, DECIDED),
        event(messages.DELIVERED, "e", "c-1", TIME, delivered),
        event(messages.PREFERRED, "f", "c-1", TIME, messages.Preferred(source="page", time=TIME)),
        event("io.requite.message.other.v1", "x", "c-1", TIME, {}),
    )
    assert await topic(told) == []
    assert await topic(told) == []
    found = await timeline.recent(["c-1"], ALL, None, 10)
    assert [one.key for one in found] == ["/shop e", "/shop d"]
    assert isinstance(found[1].body, Decision)
    assert found[1].body.about == DECIDED.act


@pytest.mark.parametrize("kind", [MOMENT, messages.REQUESTED])
async def test_moments_and_requests_are_decided_about_too(
    timeline: SqliteTimelineStore, kind: str
) -> None:
    topic = TimelineTopic(timeline, ManualClock(NOW), read_message)
    about = ActRef(source="/requite", id="n", type=kind, time=TIME)
    merged = messages.Decided(
        act=about, verdict="merged", reason="merged_into", rule="level", message_id="m-1"
    )
    assert await topic(batch(event(messages.DECIDED, "d", "c-1", TIME, merged))) == []
    (found,) = await timeline.recent(["c-1"], ALL, None, 10)
    assert found.body == Decision(
        about=about, verdict="merged", reason="merged_into", rule="level", message_id="m-1"
    )


async def test_acts_that_nobody_thanks_for_are_left_out(timeline: SqliteTimelineStore) -> None:
    topic = TimelineTopic(timeline, ManualClock(NOW), read_message)
    no_rule = messages.Decided(act=DECIDED.act, verdict="suppressed", reason="no_rule")
    assert await topic(batch(event(messages.DECIDED, "d", "c-1", TIME, no_rule))) == []
    assert await timeline.recent(["c-1"], ALL, None, 10) == []


@pytest.mark.parametrize(
    "record",
    [
        event(messages.DECIDED, "d", "c-1", TIME, {"verdict": "thanked"}),
        event(messages.DECIDED, "d", "c-1", TIME, b"\xff"),
        event(messages.DECIDED, "d", "c-1", "2026-07-01T00:00:00Z", DECIDED),
        msgspec.structs.replace(event(messages.DECIDED, "d", "c-1", TIME, DECIDED), key=b"c-2"),
        Record(b"c-1", None),
        Record(b"c-1", b"x"),
    ],
    ids=["payload", "no JSON", "future", "another's key", "tombstone", "no event"],
)
async def test_what_cannot_be_read_is_refused(
    timeline: SqliteTimelineStore, record: Record
) -> None:
    topic = TimelineTopic(timeline, ManualClock(NOW), read_message)
    good = event(messages.DECIDED, "good", "c-1", TIME, DECIDED)
    refused = await topic(batch(record, good))
    assert [letter.delivery.offset for letter in refused] == [0]
    assert [one.key for one in await timeline.recent(["c-1"], ALL, None, 9)] == ["/shop good"]


class Scoring:
    """Stands for what scores answers: refuses what it is told to, and remembers what it got."""

    def __init__(self, *refused: int) -> None:
        self.batches: list[Batch] = []
        self._refused = refused

    async def __call__(self, batch: Batch) -> Sequence[DeadLetter]:
        self.batches.append(batch)
        return [DeadLetter(batch.deliveries[offset], "wrong") for offset in self._refused]


async def test_feedback_is_scored_and_shown(timeline: SqliteTimelineStore) -> None:
    scoring = Scoring()
    topic = FeedbackTopic(scoring, TimelineTopic(timeline, ManualClock(NOW), read_feedback))
    opened = feedback.CaseOpened(case_id="k", cause="survey")
    told = batch(answer("r", value=2), event(feedback.CASE_OPENED, "k.opened", "c-1", TIME, opened))
    assert await topic(told) == []
    assert scoring.batches == [told]
    found = await timeline.recent(["c-1"], ALL, None, 10)
    assert [one.key for one in found] == ["/shop k.opened", "/shop r"]
    assert found[0].body == CaseOpened(case_id="k", cause="survey")


async def test_a_record_is_refused_once(timeline: SqliteTimelineStore) -> None:
    topic = FeedbackTopic(Scoring(0, 2), TimelineTopic(timeline, ManualClock(NOW), read_feedback))
    broken = event(feedback.ANSWERED, "x", "c-1", TIME, b"7")
    large = feedback.Answered(survey="s", value=2**70, scale=(0, 10))
    beyond = event(feedback.ANSWERED, "y", "c-1", TIME, large)
    letters = await topic(batch(broken, beyond, answer("r"), answer("s")))
    assert [letter.delivery.offset for letter in letters] == [0, 1, 2]
