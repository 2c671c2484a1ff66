"""What records become, and which are refused."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.engagement.domain.act import Act
from services.engagement.domain.ledger import Entry
from services.engagement.inbound.acts_topic import ActsTopic, ReadActs
from services.engagement.inbound.customers_topic import CustomersTopic
from services.engagement.inbound.feedback_topic import ReadAnswers
from services.engagement.ports.people import PeopleStore
from services.engagement.ports.scores import ScoreStore
from services.engagement.storage.sqlite import (
    MIGRATIONS,
    SqliteCustomerStore,
    SqliteMembershipStore,
    SqlitePeopleStore,
    SqliteScoreStore,
    SqliteStandingStore,
    SqliteTimelineStore,
)
from services.engagement.use_cases.circles import KeepCircles
from services.engagement.use_cases.customers import KeepCustomers
from shared.clock import ManualClock
from shared.contracts.acts_reader import ActsReader
from shared.contracts.cloudevents import CloudEvent, kafka_binding
from shared.contracts.customers import CUSTOMER
from shared.contracts.feedback import ANSWERED, CASE_OPENED
from shared.messaging.handler import DeadLetter
from shared.messaging.ports import Batch, Delivery
from shared.storage.sqlite import Database, open_database
from tests.services.engagement.builders import make_scoring
from tests.services.engagement.opened import sqlite_books
from tests.shipped import catalogue, example

NOW = datetime(2026, 6, 1, tzinfo=UTC)


class Silent:
    async def scored(self, entries: Sequence[tuple[Act, Entry]]) -> None:
        """Announces to nobody."""


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(tmp_path / "engagement.sqlite", MIGRATIONS) as database:
        yield database


@pytest.fixture
async def store(database: Database) -> ScoreStore:
    return SqliteScoreStore(database, await sqlite_books(database))


@pytest.fixture
def people(database: Database) -> PeopleStore:
    return SqlitePeopleStore(database)


@pytest.fixture
async def keep(database: Database, people: PeopleStore) -> KeepCustomers:
    books = await sqlite_books(database)
    timeline = SqliteTimelineStore(database)
    scores = SqliteScoreStore(database, books)
    circles = KeepCircles(SqliteMembershipStore(database), scores, {}, ManualClock(NOW))
    return KeepCustomers(
        SqliteCustomerStore(database, books),
        people,
        timeline,
        circles,
        SqliteStandingStore(database),
    )


def make_delivery(offset: int, kind: str = "referral", **attributes: Any) -> Delivery:
    event_type = f"io.requite.act.{kind}.v1"
    event = CloudEvent(
        **{
            "id": str(offset),
            "source": "/shop",
            "type": event_type,
            "subject": "c-1",
            "time": "2026-05-30T10:00:00Z",
            "datacontenttype": "application/json",
            "data": msgspec.json.encode(example(event_type)),
        }
        | attributes
    )
    headers, value = kafka_binding.encode(event)
    return Delivery("acts", 0, offset, 0, b"c-1", value, headers)


def make_batch(deliveries: Sequence[Delivery]) -> Batch:
    return Batch("acts", 0, deliveries[0].offset, deliveries[-1].offset + 1, deliveries)


def acts_topic(store: ScoreStore) -> ActsTopic:
    score = make_scoring(store, Silent())
    return ActsTopic(score, ManualClock(NOW), ReadActs(ActsReader(catalogue())))


async def test_records_are_scored_and_what_is_no_act_is_refused(store: ScoreStore) -> None:
    later = (NOW + timedelta(minutes=6)).isoformat()
    wrong = [
        make_delivery(1, time=later),
        make_delivery(2, type="io.requite.act.opened.v1"),
        make_delivery(3, data=b'{"referred": 7}'),
        make_delivery(4, subject=None),
        make_delivery(5, time=None),
        make_delivery(6, "purchase", data=b'{"order_id":"1","total":"1.2345","currency":"EUR"}'),
        Delivery("acts", 0, 7, 0, b"c-1", b"\xff\x00", [("content-type", b"application/x")]),
        Delivery("acts", 0, 8, 0, b"c-1", None, []),
        Delivery(
            "acts", 0, 9, 0, b"c-1", b"<a/>", [("content-type", b"application/cloudevents+xml")]
        ),
        make_delivery(10, time="0001-01-01T00:00:00+01:00"),
        make_delivery(11, time="9999-12-31T23:59:59-01:00"),
        make_delivery(12, datacontenttype=None, data=b'{"x":' + b"[" * 9999),
        make_delivery(13, datacontenttype=None, data=b'{"referred":"c-2","x":"\xff"}'),
    ]
    batch = make_batch([make_delivery(0), *wrong, make_delivery(14, "purchase")])
    refused = await acts_topic(store)(batch)
    assert [letter.delivery.offset for letter in refused] == list(range(1, 14))
    profile = (await store.profiles(["c-1"]))["c-1"]
    assert profile.acts == {"referral": 1, "purchase": 1}
    assert profile.money == {"EUR": (425_000, 0)}
    assert await store.position("acts", 0) == 15


@pytest.mark.parametrize(
    "large",
    [
        {"data": b'{"referred":"c-2","x":"%s"}' % (b"x" * 700_000)},
        {"extensions": {"traceparent": "x" * 700_000}},
    ],
)
async def test_what_cannot_be_repeated_in_another_record_is_refused(
    store: ScoreStore, large: dict[str, Any]
) -> None:
    (letter,) = await acts_topic(store)(make_batch([make_delivery(0, **large)]))
    assert "bytes" in letter.reason
    assert await store.profiles(["c-1"]) == {}


async def test_a_reason_holds_no_value(store: ScoreStore) -> None:
    delivery = make_delivery(0, "review", data=b'{"rating": "ana@example.com"}')
    (letter,) = await acts_topic(store)(make_batch([delivery]))
    assert "ana" not in letter.reason


async def test_an_answer_is_an_act_and_a_case_is_none(store: ScoreStore) -> None:
    topic = ActsTopic(make_scoring(store, Silent()), ManualClock(NOW), ReadAnswers())
    batch = make_batch(
        [
            make_delivery(0, type=ANSWERED, data=b'{"survey":"order","value":3,"scale":[0,10]}'),
            make_delivery(1, type=CASE_OPENED, data=b'{"case_id":"1","cause":"survey"}'),
            make_delivery(2, type=ANSWERED, data=b'{"survey":"order"}'),
        ]
    )
    (letter,) = await topic(batch)
    assert letter.delivery.offset == 2
    assert (await store.profiles(["c-1"]))["c-1"].acts == {"answer": 1}


def make_record(offset: int, customer: str, value: bytes | None) -> Delivery:
    if value is None:
        return Delivery("customers", 0, offset, 0, customer.encode(), None)
    event = CloudEvent(
        id=str(offset), source="/events", type=CUSTOMER, datacontenttype="application/json"
    )
    headers, data = kafka_binding.encode(msgspec.structs.replace(event, data=value))
    return Delivery("customers", 0, offset, 0, customer.encode(), data, headers)


async def read_records(keep: KeepCustomers, *deliveries: Delivery) -> Sequence[DeadLetter]:
    batch = Batch("customers", 0, deliveries[0].offset, deliveries[-1].offset + 1, deliveries)
    return await CustomersTopic(keep)(batch)


async def test_a_tombstone_erases_and_a_later_record_welcomes(
    store: ScoreStore, keep: KeepCustomers
) -> None:
    await acts_topic(store)(make_batch([make_delivery(0)]))
    gone, back = make_record(0, "c-1", None), make_record(1, "c-1", b'{"revision":1}')
    gone_again = make_record(2, "c-1", None)  # within the same millisecond
    assert await read_records(keep, gone, back) == []
    assert await store.profiles(["c-1"]) == {}
    await acts_topic(store)(make_batch([make_delivery(1), make_delivery(2)]))
    assert (await store.profiles(["c-1"]))["c-1"].acts == {"referral": 2}
    await read_records(keep, gone_again)
    await acts_topic(store)(make_batch([make_delivery(3)]))
    assert await store.profiles(["c-1"]) == {}


async def test_a_record_that_cannot_be_read_is_refused(keep: KeepCustomers) -> None:
    odd = Delivery("customers", 0, 0, 0, b"\xff", None)
    no_revision = make_record(1, "c-1", b'{"name":"Ana"}')
    refused = await read_records(keep, odd, no_revision, make_record(2, "c-1", b"7"))
    assert [letter.delivery.offset for letter in refused] == [0, 1, 2]
    assert refused[0].reason == ": the key is not UTF-8"


async def test_a_tombstone_that_is_read_again_erases_nothing_newer(
    store: ScoreStore, keep: KeepCustomers
) -> None:
    records = [make_record(0, "c-1", None), make_record(1, "c-1", b'{"revision":1}')]
    await read_records(keep, *records)
    await acts_topic(store)(make_batch([make_delivery(0)]))
    await read_records(keep, *records)
    assert (await store.profiles(["c-1"]))["c-1"].acts == {"referral": 1}


async def test_a_merge_and_the_end_of_it(store: ScoreStore, keep: KeepCustomers) -> None:
    await acts_topic(store)(make_batch([make_delivery(0)]))
    merged = make_record(0, "c-1", b'{"revision":3,"merged_into":"c-2"}')
    await read_records(keep, merged, make_record(1, "c-2", b'{"revision":1,"name":"Ana"}'))
    assert (await store.profiles(["c-1", "c-2"])).keys() == {"c-2"}
    await read_records(keep, make_record(2, "c-1", b'{"revision":4}'), merged)
    assert (await store.profiles(["c-1", "c-2"])).keys() == {"c-1"}


async def test_an_edited_order_a_whole_refund_and_a_withdrawal_are_read(store: ScoreStore) -> None:
    bought = b'{"order_id":"7","total":"%s","currency":"EUR","updated_at":"2026-05-%sT10:00:00Z"}'
    back = b'{"order_id":"7","total":"15","currency":"EUR","cumulative":true}'
    batch = make_batch(
        [
            make_delivery(0, "purchase", data=bought % (b"50", b"31")),
            make_delivery(1, "purchase", data=bought % (b"80", b"30")),
            make_delivery(2, "refund", data=back),
            make_delivery(3, "refund", data=back),
            make_delivery(4),
            make_delivery(5, "withdrawal", data=b'{"id":"4"}'),
            make_delivery(6, source="/forum"),
            make_delivery(7, "withdrawal", data=b'{"id":"6","source":"/forum"}'),
        ]
    )
    assert await acts_topic(store)(batch) == []
    profile = (await store.profiles(["c-1"]))["c-1"]
    assert profile.acts == {"purchase": 1, "refund": 2}
    assert profile.money == {"EUR": (500_000, 150_000)}
