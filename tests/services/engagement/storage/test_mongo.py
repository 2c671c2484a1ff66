"""The suite against a real MongoDB."""

from collections.abc import AsyncIterator, Sequence
from uuid import uuid4

import pytest
from pymongo.asynchronous.client_session import AsyncClientSession

from services.engagement.domain.ledger import Entry
from services.engagement.ports import MoneyTotal, ScoreStore
from services.engagement.storage.mongo import MIGRATIONS, MongoScoreStore
from shared.storage.mongo import migrate, open_mongo
from tests.services.engagement.builders import make_act
from tests.services.engagement.storage.store_suite import FORMULA, ScoreStoreSuite, apply


@pytest.mark.live
class TestMongoScoreStore(ScoreStoreSuite):
    @pytest.fixture
    async def store(self, mongodb_url: str) -> AsyncIterator[ScoreStore]:
        async with open_mongo(mongodb_url, f"test_{uuid4().hex[:12]}") as database:
            await migrate(database, MIGRATIONS)
            yield MongoScoreStore(database, FORMULA)
            await database.client.drop_database(database.name)

    async def test_sums_may_outgrow_64_bits(self, store: ScoreStore) -> None:
        largest, times = "999999999999", 1000
        acts = [make_act("purchase", id=f"p{n}", amount=largest) for n in range(times)]
        await apply(store, acts[:500], next=1)
        await apply(store, acts[500:], expected=1, next=2)
        whole = int(largest) * 10_000 * times
        assert (await store.profiles(["c-1"]))["c-1"].money == {"EUR": (whole, 0)}
        assert (await store.totals()).money == [MoneyTotal("EUR", whole, 0)]

    async def test_an_erasure_beside_a_customers_first_act_wins(self, store: ScoreStore) -> None:
        assert isinstance(store, MongoScoreStore)
        slow = ErasedMeanwhile(store._database, FORMULA)
        assert await apply(slow, [make_act(id="a")], next=1) == []
        assert await store.profiles(["c-1"]) == {}


class ErasedMeanwhile(MongoScoreStore):
    """A store whose customer is erased between the reads and the writes of a batch, once."""

    _erased = False

    async def _write(self, entries: Sequence[Entry], session: AsyncClientSession) -> None:
        if not self._erased:
            self._erased = True
            await self.erase("c-1", "1")
        await super()._write(entries, session)
