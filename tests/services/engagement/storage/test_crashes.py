"""Crashes, rebalances and zombies between any two steps: scores are what the set of acts says,
and no moment occurs twice."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from random import Random
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.engagement.domain.customer import CustomerRecord
from services.engagement.domain.formula import Formula
from services.engagement.domain.profile import Profile
from services.engagement.storage import mongo, sqlite
from shared.storage.mongo import migrate, open_mongo
from shared.storage.sqlite import open_database
from tests.services.engagement.crashes import Faulty, live_through
from tests.services.engagement.histories import (
    CUSTOMERS,
    check,
    expected,
    make_history,
    make_limited_formula,
)
from tests.services.engagement.opened import mongo_books, sqlite_books

Open = Callable[[Formula, Random], AbstractAsyncContextManager[Faulty]]


@asynccontextmanager
async def on_sqlite(formula: Formula, random: Random) -> AsyncIterator[Faulty]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "engagement.sqlite"
        async with open_database(path, sqlite.MIGRATIONS) as database:
            books = await sqlite_books(database, read=lambda _: formula)
            yield Faulty(
                sqlite.SqliteScoreStore(database, books),
                sqlite.SqliteCustomerStore(database, books),
                sqlite.SqliteMomentStore(database, books),
                random,
            )


@asynccontextmanager
async def on_mongo(url: str, formula: Formula, random: Random) -> AsyncIterator[Faulty]:
    async with open_mongo(url, f"test_{uuid4().hex[:12]}") as database:
        await migrate(database, mongo.MIGRATIONS)
        books = await mongo_books(database, read=lambda _: formula)
        yield Faulty(
            mongo.MongoScoreStore(database, books),
            mongo.MongoCustomerStore(database, books),
            mongo.MongoMomentStore(database, books),
            random,
        )
        await database.client.drop_database(database.name)


async def live_on(open: Open, seed: int) -> Mapping[str, Profile]:
    """Live through the history of a seed, and find what the oracle says."""
    random = Random(seed)
    formula = make_limited_formula(random)
    steps = make_history(random, limited=True)
    async with open(formula, random) as line:
        await live_through(steps, line)
        profiles = await line.scores.profiles(CUSTOMERS)
        moments = await line.moments.of(CUSTOMERS, None, 1000)
    wanted = expected(steps, formula)
    for customer in CUSTOMERS:
        check(profiles.get(customer), wanted.get(customer), formula)
    once = [m for m in moments if m.kind in ("first", "nth")]
    said = {(m.customer, m.kind, m.name, m.number) for m in once}
    assert len(said) == len(once)
    if not any(isinstance(step, CustomerRecord) for step in steps):
        active = {customer for customer, one in wanted.items() if one.acts}
        assert active <= {m.customer for m in moments if m.name == "contact"}
    return profiles


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_sqlite_survives(seed: int) -> None:
    asyncio.run(live_on(on_sqlite, seed))


@pytest.mark.live
@pytest.mark.parametrize("seed", range(8))
async def test_mongodb_survives_and_says_what_sqlite_says(mongodb_url: str, seed: int) -> None:
    there = await live_on(partial(on_mongo, mongodb_url), seed)
    here = await live_on(on_sqlite, seed)
    assert there.keys() == here.keys()
    for customer, profile in there.items():
        other = here[customer]
        assert (profile.acts, profile.money) == (other.acts, other.money)
        assert (profile.first, profile.last) == (other.first, other.last)
        assert profile.sums == pytest.approx(other.sums, rel=1e-9, abs=1e-9)
