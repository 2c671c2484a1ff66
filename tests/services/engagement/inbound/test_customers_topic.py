"""Who customers are comes from requite.customers.v1, and goes with a tombstone."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from services.engagement.domain.person import Person
from services.engagement.ports.people import PersonRecord
from services.engagement.storage.sqlite import (
    MIGRATIONS,
    SqliteBookStore,
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
from shared.errors import Unavailable
from shared.storage.sqlite import Database, open_database
from tests.services.engagement.builders import make_act
from tests.services.engagement.inbound.test_topics import NOW, make_record, read_records
from tests.services.engagement.opened import sqlite_books
from tests.services.engagement.storage.store_suite import apply


class Failing(SqlitePeopleStore):
    """A store that is away for the first `times` changes."""

    def __init__(self, database: Database, times: int = 0) -> None:
        super().__init__(database)
        self.times = times

    async def keep(self, records: Sequence[PersonRecord]) -> None:
        self._fail()
        await super().keep(records)

    async def forget(self, customers: Sequence[str]) -> None:
        self._fail()
        await super().forget(customers)

    def _fail(self) -> None:
        if self.times:
            self.times -= 1
            raise Unavailable("away")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(tmp_path / "engagement.sqlite", MIGRATIONS) as database:
        yield database


@pytest.fixture
def people(database: Database) -> Failing:
    return Failing(database)


@pytest.fixture
async def books(database: Database) -> SqliteBookStore:
    return await sqlite_books(database)


@pytest.fixture
def scores(database: Database, books: SqliteBookStore) -> SqliteScoreStore:
    return SqliteScoreStore(database, books)


@pytest.fixture
async def keep(
    database: Database, people: Failing, books: SqliteBookStore, scores: SqliteScoreStore
) -> KeepCustomers:
    circles = KeepCircles(SqliteMembershipStore(database), scores, {}, ManualClock(NOW))
    timeline = SqliteTimelineStore(database)
    return KeepCustomers(
        SqliteCustomerStore(database, books),
        people,
        timeline,
        circles,
        SqliteStandingStore(database),
    )


ANA = (
    b'{"revision":1,"name":"Ana","email":"a@b.example","phone":"","locale":"de",'
    b'"time_zone":"Europe/Berlin","consents":[{"purpose":"new"}],"aliases":["shop:1"],'
    b'"excluded":"blocked","leaderboard_name":"A","more":1}'
)


async def test_a_record_says_who_it_is(keep: KeepCustomers, people: Failing) -> None:
    assert await read_records(keep, make_record(0, "c-1", ANA)) == []
    assert await people.of(["c-1"]) == {
        "c-1": Person(
            customer="c-1",
            name="Ana",
            email="a@b.example",
            locale="de",
            time_zone="Europe/Berlin",
            aliases=("shop:1",),
            excluded="blocked",
            leaderboard_name="A",
        )
    }


async def test_who_is_merged_is_nobody(keep: KeepCustomers, people: Failing) -> None:
    merged = b'{"revision":2,"merged_into":"c-2","name":"Ana"}'
    await read_records(keep, make_record(0, "c-1", ANA), make_record(1, "c-1", merged))
    assert await people.of(["c-1"]) == {}
    await read_records(keep, make_record(0, "c-1", ANA))
    assert await people.of(["c-1"]) == {}
    await read_records(keep, make_record(2, "c-1", b'{"revision":3,"name":"Ana"}'))
    assert (await people.of(["c-1"])).keys() == {"c-1"}


async def test_a_tombstone_takes_the_person_along(keep: KeepCustomers, people: Failing) -> None:
    gone, back = make_record(1, "c-1", None), make_record(2, "c-1", b'{"revision":2,"name":"E"}')
    await read_records(keep, make_record(0, "c-1", ANA), gone)
    assert await people.of(["c-1"]) == {}
    await read_records(keep, make_record(0, "c-1", ANA))
    await read_records(keep, gone, back)
    assert (await people.of(["c-1"]))["c-1"].name == "E"


async def test_what_a_crash_cut_off_is_made_whole(keep: KeepCustomers, people: Failing) -> None:
    for records in ([make_record(0, "c-1", ANA)], [make_record(1, "c-1", None)]):
        people.times = 1
        with pytest.raises(Unavailable):
            await read_records(keep, *records)
        await read_records(keep, *records)
        assert bool(await people.of(["c-1"])) is (records[0].value is not None)


async def test_what_was_told_before_an_erasure_brings_nobody_back(
    keep: KeepCustomers, people: Failing, scores: SqliteScoreStore
) -> None:
    ana, gone = make_record(0, "c-1", b'{"revision":1,"name":"Ana"}'), make_record(1, "c-1", None)
    for record in (ana, gone, ana):
        await read_records(keep, record)
    assert await people.of(["c-1"]) == {}
    await read_records(keep, gone)
    await apply(scores, [make_act(customer="c-1")], next=1)
    assert await scores.profiles(["c-1"]) == {}
    await read_records(keep, make_record(2, "c-1", b'{"revision":2,"name":"Eve"}'))
    await apply(scores, [make_act(id="2", customer="c-1")], expected=1, next=2)
    assert (await scores.profiles(["c-1"])).keys() == {"c-1"}
    assert (await people.of(["c-1"]))["c-1"].name == "Eve"


async def test_who_parted_before_is_not_erased_along(
    keep: KeepCustomers, scores: SqliteScoreStore
) -> None:
    await apply(scores, [make_act(customer="c-1")], next=1)
    await read_records(keep, make_record(0, "c-1", b'{"revision":1,"merged_into":"c-2"}'))
    parted = make_record(1, "c-1", b'{"revision":2}')
    await read_records(keep, parted, make_record(2, "c-2", None))
    assert (await scores.profiles(["c-1", "c-2"])).keys() == {"c-1"}


@pytest.mark.parametrize("revision", [b"-1", b"9223372036854775808", b"1e30", b'"1"', b"null"])
async def test_a_revision_is_a_number_that_a_store_can_hold(
    keep: KeepCustomers, revision: bytes
) -> None:
    record = make_record(0, "c-1", b'{"revision":' + revision + b"}")
    (letter,) = await read_records(keep, record)
    assert letter.reason
