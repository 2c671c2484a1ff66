"""Records of three topics become cases, invitations, languages and erasures."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.feedback.inbound.acts_topic import ActsTopic
from services.feedback.inbound.customers_topic import CustomersTopic
from services.feedback.inbound.messages_topic import MessagesTopic
from services.feedback.ports import FeedbackStore, Page
from services.feedback.storage.sqlite import MIGRATIONS, SqliteFeedbackStore
from services.feedback.use_cases import OpenCases
from shared.clock import ManualClock
from shared.contracts.acts import COMPLAINT, MAX_ACT_BYTES, PURCHASE
from shared.contracts.acts_reader import ActsReader
from shared.contracts.engagement import ActRef
from shared.contracts.messages import DELIVERED, PREFERRED, Delivered, Preferred
from shared.messaging.ports import Record
from shared.storage.sqlite import open_database
from tests.services.feedback.builders import (
    NOW,
    TIME,
    make_batch,
    make_complaint_record,
    make_customer_record,
    make_decision,
    make_event,
    make_invitation,
)
from tests.shipped import catalogue, example

ALL = Page(100)
CLOCK = ManualClock(NOW)
READER = ActsReader(catalogue())


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[FeedbackStore]:
    async with open_database(tmp_path / "feedback.sqlite", MIGRATIONS) as database:
        yield SqliteFeedbackStore(database)


async def test_a_complaint_opens_a_case_once(store: FeedbackStore) -> None:
    wakes: list[None] = []
    acts = ActsTopic(OpenCases(store, lambda: wakes.append(None)), READER, CLOCK)
    complaint = make_complaint_record("Arrived\x00 broken.")
    records = [make_event(PURCHASE, example(PURCHASE)), complaint, complaint]
    for _ in range(2):
        assert await acts(make_batch("acts", records)) == []
    (case,) = await store.cases(None, None, ALL)
    assert (case.cause, case.customer, case.opened) == ("complaint", "c-1", TIME)
    assert case.said == "Arrived broken."
    assert case.act == ActRef(source="/shop", id="k-1", type=COMPLAINT, time=NOW.isoformat())
    assert len(wakes) == 1


@pytest.mark.parametrize(
    "time",
    ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "2026-03-01T12:06:00Z"],
)
async def test_a_complaint_that_is_ancient_or_in_the_future_is_refused(
    store: FeedbackStore, time: str
) -> None:
    complaint = make_event(COMPLAINT, {})
    headers = [(k, time.encode() if k == "ce_time" else v) for k, v in complaint.headers]
    record = Record(complaint.key, complaint.value, headers)
    acts = ActsTopic(OpenCases(store, lambda: None), READER, CLOCK)
    (letter,) = await acts(make_batch("acts", [record]))
    assert letter.reason.startswith("/time")
    assert await store.cases(None, None, ALL) == []


async def test_a_complaint_from_before_the_shop_opened_is_refused(store: FeedbackStore) -> None:
    reader = ActsReader(catalogue(), opened=NOW + timedelta(seconds=1))
    acts = ActsTopic(OpenCases(store, lambda: None), reader, CLOCK)
    (letter,) = await acts(make_batch("acts", [make_event(COMPLAINT, {})]))
    assert letter.reason.startswith("/time: lies before the day that the shop opened")
    assert await store.cases(None, None, ALL) == []


async def test_a_complaint_larger_than_an_act_may_be_is_refused(store: FeedbackStore) -> None:
    complaint = make_event(COMPLAINT, {"unheard_of": "x" * MAX_ACT_BYTES})
    acts = ActsTopic(OpenCases(store, lambda: None), READER, CLOCK)
    (letter,) = await acts(make_batch("acts", [complaint]))
    assert str(MAX_ACT_BYTES) in letter.reason
    assert await store.cases(None, None, ALL) == []


async def test_a_complaint_without_words_is_one_too(store: FeedbackStore) -> None:
    acts = ActsTopic(OpenCases(store, lambda: None), READER, CLOCK)
    assert await acts(make_batch("acts", [make_event(COMPLAINT, {})])) == []
    (case,) = await store.cases(None, None, ALL)
    assert case.said == ""


async def test_complaints_that_cannot_be_read_are_refused(store: FeedbackStore) -> None:
    acts = ActsTopic(OpenCases(store, lambda: None), READER, CLOCK)
    good = make_complaint_record()
    headers = [header for header in good.headers if header[0] != "content-type"]
    records = [
        make_complaint_record(customer=None),
        make_complaint_record(customer="forum:anna"),
        make_event(COMPLAINT, {"message": 5}),
        make_event(COMPLAINT, [1]),
        Record(good.key, None, good.headers),
        Record(b"c-1", b"garbage"),
        Record(b"c-1", b"<e/>", [("content-type", b"application/cloudevents+xml")]),
        Record(good.key, b'{"message": "\xff"}', headers),
        Record(b"c-2", good.value, good.headers),
        make_event(PURCHASE, "not for us to judge"),
        make_complaint_record(id="good"),
    ]
    refused = await acts(make_batch("acts", records))
    assert [letter.delivery.offset for letter in refused] == list(range(9))
    assert all(letter.reason and "c-1" not in letter.reason for letter in refused)
    (case,) = await store.cases(None, None, ALL)
    assert case.act is not None
    assert case.act.id == "good"


async def test_thanks_with_a_survey_are_invitations(store: FeedbackStore) -> None:
    messages = MessagesTopic(store)
    delivered = Delivered(message_id="m-1", channel="email", outcome="sent")
    records = [
        make_decision("m-1"),
        make_decision("m-1"),
        make_decision("m-2"),
        make_decision("m-3", survey=None),
        make_decision("m-4", verdict="held"),
        make_decision("m-1", verdict="merged"),
        make_event(PREFERRED, Preferred(source="page", time=NOW.isoformat())),
        make_event(DELIVERED, delivered),
        make_event("io.requite.message.decided.v1", {"verdict": "unheard of"}),
    ]
    refused = await messages(make_batch("messages", records))
    assert [letter.delivery.offset for letter in refused] == [8]
    assert (await store.tally("order")).invitations == 2


async def test_only_language_and_time_zone_of_a_customer_are_kept(
    store: FeedbackStore, tmp_path: Path
) -> None:
    customers = CustomersTopic(store, ManualClock(NOW))
    records = [make_customer_record("c-1", "es"), make_customer_record("c-1", "fr", revision=2)]
    assert await customers(make_batch("customers", records)) == []
    assert (await store.visit(make_invitation("c-1"))).locale == "fr"
    stored = bytes_in(tmp_path)
    assert b"fr" in stored
    assert b"Ann" not in stored
    assert b"ann@" not in stored


def bytes_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


async def test_a_tombstone_erases_even_if_the_customer_comes_back_in_the_same_batch(
    store: FeedbackStore,
) -> None:
    acts = ActsTopic(OpenCases(store, lambda: None), READER, CLOCK)
    await acts(make_batch("acts", [make_complaint_record()]))
    customers = CustomersTopic(store, ManualClock(NOW))
    records = [
        make_customer_record("c-1", "es", revision=5),
        Record(b"c-1", None),
        make_customer_record("c-1", "fr", revision=6),
        make_customer_record("c-2", "ro"),
        Record(b"c-2", None),
        Record(b"\xff", None),
        Record(b"c-3", b"{}", [("content-type", b"text/plain")]),
    ]
    refused = await customers(make_batch("customers", records))
    assert [letter.delivery.offset for letter in refused] == [5, 6]
    (case,) = await store.cases(None, None, ALL)
    assert (case.customer, case.said) == ("", "")
    assert (await store.visit(make_invitation("c-1"))).locale == "fr"
    assert (await store.visit(make_invitation("c-2"))).erased
