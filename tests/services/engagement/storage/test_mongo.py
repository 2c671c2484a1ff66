"""The suites against a real MongoDB."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase

from services.engagement.domain.act import Act
from services.engagement.domain.customer import CustomerRecord
from services.engagement.domain.scoring import Scored, score
from services.engagement.ports.books import Live
from services.engagement.ports.customers import CustomerStore
from services.engagement.ports.scores import Advance, MoneyTotal, ScoreStore
from services.engagement.storage.mongo import (
    MIGRATIONS,
    MongoBookStore,
    MongoCustomerStore,
    MongoScoreStore,
)
from shared.storage.mongo import migrate, open_mongo
from tests.services.engagement.builders import make_act
from tests.services.engagement.opened import mongo_books
from tests.services.engagement.storage.customers_suite import CustomerStoreSuite, acts_of
from tests.services.engagement.storage.store_suite import ScoreStoreSuite, apply

Database = AsyncDatabase[dict[str, Any]]


@pytest.mark.live
class TestMongo(ScoreStoreSuite, CustomerStoreSuite):
    @pytest.fixture
    async def database(self, mongodb_url: str) -> AsyncIterator[Database]:
        async with open_mongo(mongodb_url, f"test_{uuid4().hex[:12]}") as database:
            await migrate(database, MIGRATIONS)
            yield database
            await database.client.drop_database(database.name)

    @pytest.fixture
    async def store(self, database: Database) -> ScoreStore:
        return MongoScoreStore(database, await mongo_books(database))

    @pytest.fixture
    async def customers(self, database: Database) -> CustomerStore:
        return MongoCustomerStore(database, await mongo_books(database))

    async def test_sums_may_outgrow_64_bits(self, store: ScoreStore) -> None:
        largest, times = "999999999999", 1000
        acts = [make_act("purchase", id=f"p{n}", amount=largest) for n in range(times)]
        await apply(store, acts[:500], next=1)
        await apply(store, acts[500:], expected=1, next=2)
        whole = int(largest) * 10_000 * times
        assert (await store.profiles(["c-1"]))["c-1"].money == {"EUR": (whole, 0)}
        assert (await store.totals()).money == [MoneyTotal("EUR", whole, 0)]

    async def test_an_erasure_beside_a_customers_first_act_wins(
        self, database: Database, customers: CustomerStore
    ) -> None:
        slow = Interrupted(
            database, await mongo_books(database), lambda: customers.erase("c-1", "1")
        )
        assert await apply(slow, [make_act(id="a")], next=1) == []
        assert await slow.profiles(["c-1"]) == {}

    async def test_a_merge_beside_a_customers_first_act_counts_it_for_the_other(
        self, database: Database, customers: CustomerStore
    ) -> None:
        merged = CustomerRecord("c-1", 1, "c-2")
        slow = Interrupted(database, await mongo_books(database), lambda: customers.keep([merged]))
        (entry,) = await apply(slow, [make_act(id="a")], next=1)
        assert (entry.customer, entry.origin) == ("c-2", "c-1")
        assert (await slow.profiles(["c-1", "c-2"])).keys() == {"c-2"}

    async def test_an_order_told_of_two_who_are_one_at_the_same_time_counts_once(
        self, database: Database, store: ScoreStore, customers: CustomerStore
    ) -> None:
        await customers.keep([CustomerRecord("c-1", 1, "c-2")])
        told = [
            make_act("purchase", id=id, customer=id, order="o1", amount="0")
            for id in ("c-1", "c-2")
        ]
        slow = Interrupted(database, await mongo_books(database), lambda: _apart(store, told[0]))
        await apply(slow, told[1:], next=1)
        assert await acts_of(store, "c-2") == {"purchase": 1}

    async def test_an_erasure_of_the_first_version_is_kept(self, database: Database) -> None:
        erased = {"_id": "x", "request": "1", "back": False}
        await database.client.drop_database(database.name)
        await migrate(database, MIGRATIONS[:1])
        await database["erased"].insert_one(erased)
        await migrate(database, MIGRATIONS)
        kept = await database["customers"].find_one({"_id": "x"})
        assert kept == {"_id": "x", "request": "1", "erased": True}


async def _apart(store: ScoreStore, act: Act) -> None:
    await store.apply(Advance("acts", 1, None, 1), [act], partial(score, [act]))


class Interrupted(MongoScoreStore):
    """A store to which something happens between the reads and the writes of a batch, once."""

    def __init__(
        self, database: Database, books: MongoBookStore, happen: Callable[[], Awaitable[None]]
    ) -> None:
        super().__init__(database, books)
        self._happen: Callable[[], Awaitable[None]] | None = happen

    async def _write(
        self, scored: Scored, known: Collection[str], live: Live, session: AsyncClientSession
    ) -> None:
        happen, self._happen = self._happen, None
        if happen is not None:
            await happen()
        await super()._write(scored, known, live, session)
