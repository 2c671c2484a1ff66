"""The suite of books, on either store."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import OperationFailure

from services.engagement.domain.act import Act
from services.engagement.domain.ledger import Entry
from services.engagement.domain.scoring import score
from services.engagement.ports.books import Shelf
from services.engagement.ports.scores import Advance, ScoreStore
from services.engagement.storage import mongo, sqlite
from shared.clock import ManualClock
from shared.storage import mongo as mongodb
from shared.storage.sqlite import Database, open_database
from tests.services.engagement.builders import make_act
from tests.services.engagement.opened import make_document, mongo_books, sqlite_books
from tests.services.engagement.storage.books_suite import BookStoreSuite
from tests.services.engagement.storage.replicas import FORMULAS, Replica

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


class TestSqlite(BookStoreSuite):
    @pytest.fixture
    async def database(self, tmp_path: Path) -> AsyncIterator[Database]:
        async with open_database(tmp_path / "engagement.sqlite", sqlite.MIGRATIONS) as database:
            yield database

    @pytest.fixture
    async def replica(self, database: Database, clock: ManualClock) -> Replica:
        return await self._replica("one", database, clock)

    @pytest.fixture
    async def second(self, database: Database, clock: ManualClock) -> Replica:
        return await self._replica("two", database, clock)

    async def _replica(self, name: str, database: Database, clock: ManualClock) -> Replica:
        books = await sqlite_books(database, clock, FORMULAS.__getitem__)
        return Replica.of(
            name,
            clock,
            books,
            sqlite.SqliteFollowingBook(database, books),
            sqlite.SqliteScoreStore(database, books),
            sqlite.SqliteCustomerStore(database, books),
            sqlite.SqliteLeaseStore(database),
        )


@pytest.mark.live
class TestMongo(BookStoreSuite):
    @pytest.fixture
    async def database(self, mongodb_url: str) -> AsyncIterator[mongodb.Database]:
        async with mongodb.open_mongo(mongodb_url, f"test_{uuid4().hex[:12]}") as database:
            await mongodb.migrate(database, mongo.MIGRATIONS)
            yield database
            await database.client.drop_database(database.name)

    @pytest.fixture
    async def replica(self, database: mongodb.Database, clock: ManualClock) -> Replica:
        return await self._replica("one", database, clock)

    @pytest.fixture
    async def second(self, database: mongodb.Database, clock: ManualClock) -> Replica:
        return await self._replica("two", database, clock)

    async def _replica(self, name: str, database: mongodb.Database, clock: ManualClock) -> Replica:
        books = await mongo_books(database, clock, FORMULAS.__getitem__)
        return Replica.of(
            name,
            clock,
            books,
            mongo.MongoFollowingBook(database, books),
            mongo.MongoScoreStore(database, books),
            mongo.MongoCustomerStore(database, books),
            mongo.MongoLeaseStore(database),
        )

    async def test_an_apply_that_began_before_the_switch_is_scored_by_the_new_formula(
        self, database: mongodb.Database, replica: Replica
    ) -> None:
        await replica.take([make_act(id="a")])
        await replica.change.propose(make_document("other"))
        await replica.build()

        async def switch(_: AsyncClientSession) -> None:
            await replica.change.switch()

        zombie = await self._zombie(database, replica, before_its_position=switch)
        (entry,) = await _apply(zombie, make_act(id="b", day=2), expected=1)
        assert entry.formula == "other"
        assert (await replica.profiles(["c-1"]))["c-1"].acts == {"referral": 2}
        assert await _missing(replica) == {"c-1"}
        await replica.build()
        assert await _missing(replica) == set()

    async def test_an_apply_that_began_before_another_book_makes_its_customers_stale_in_it(
        self, database: mongodb.Database, replica: Replica
    ) -> None:
        await replica.take([make_act(id="a")])

        async def propose(_: AsyncClientSession) -> None:
            await replica.change.propose(make_document("other"))
            await replica.build()

        zombie = await self._zombie(database, replica, before_its_position=propose)
        await _apply(zombie, make_act(id="b", customer="c-2"), expected=1)
        assert await _missing(replica) == {"c-2"}
        await replica.build()
        assert await _missing(replica) == set()

    async def test_a_merge_that_began_before_the_switch_begins_again(
        self, database: mongodb.Database, replica: Replica
    ) -> None:
        await replica.take([make_act(id="a"), make_act(id="b", customer="c-2")])
        await replica.change.propose(make_document("other"))
        await replica.build()
        books = await mongo_books(database, replica.clock, FORMULAS.__getitem__)

        async def merge() -> None:
            session = database.client.start_session()
            async with session, await session.start_transaction():
                await database["customers"].find_one({}, session=session)
                await replica.change.switch()
                await books.changing(session, touch=True)

        with pytest.raises(OperationFailure) as refused:
            await merge()
        assert refused.value.has_error_label("TransientTransactionError")

    async def test_the_switch_waits_for_an_apply_that_has_written(
        self, database: mongodb.Database, replica: Replica
    ) -> None:
        await replica.take([make_act(id="a")])
        await replica.change.propose(make_document("other"))
        await replica.build()
        switching: list[asyncio.Task[Shelf]] = []

        async def begin_to_switch(_: AsyncClientSession) -> None:
            switching.append(asyncio.create_task(replica.change.switch()))
            while await database["books"].find_one({"hold": {"$ne": None}}) is None:
                pass

        writer = await self._zombie(database, replica, after_its_position=begin_to_switch)
        (entry,) = await _apply(writer, make_act(id="b", day=2), expected=1)
        assert entry.formula == "test"
        await asyncio.gather(*switching)
        entries = await replica.scores.entries(["c-1"])
        assert {(one.key, one.formula) for one in entries} == {
            ("/shop a", "other"),
            ("/shop b", "other"),
        }

    async def _zombie(
        self,
        database: mongodb.Database,
        replica: Replica,
        **happenings: Callable[[AsyncClientSession], Awaitable[None]],
    ) -> ScoreStore:
        books = await mongo_books(database, replica.clock, FORMULAS.__getitem__)
        return _Interrupted(database, books, happenings)


class _Interrupted(mongo.MongoScoreStore):
    """A store to which something happens in the middle of a batch, once."""

    def __init__(
        self,
        database: mongodb.Database,
        books: mongo.MongoBookStore,
        happenings: dict[str, Callable[[AsyncClientSession], Awaitable[None]]],
    ) -> None:
        super().__init__(database, books)
        self._happenings = happenings

    async def _advance(self, advance: Advance, session: AsyncClientSession) -> None:
        await self._happen("before_its_position", session)
        await super()._advance(advance, session)
        await self._happen("after_its_position", session)

    async def _happen(self, when: str, session: AsyncClientSession) -> None:
        happen = self._happenings.pop(when, None)
        if happen is not None:
            await happen(session)


async def _apply(store: ScoreStore, act: Act, expected: int | None) -> Sequence[Entry]:
    return await store.apply(
        Advance("acts", 0, expected, (expected or 0) + 1), [act], partial(score, [act])
    )


async def _missing(replica: Replica) -> set[str]:
    """Who differs in the two books."""
    pairs = await replica.following.compare("", 9)
    return {
        pair.customer
        for pair in pairs
        if pair.live is None or pair.beside is None or pair.live.acts != pair.beside.acts
    }
