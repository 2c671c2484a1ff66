"""Scoring a span exactly once, whatever was read before, by whom, and in which order."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from services.engagement.domain.act import Act
from services.engagement.domain.ledger import Entry
from services.engagement.ports.scores import ScoreStore
from services.engagement.storage.sqlite import MIGRATIONS, SqliteScoreStore
from shared.errors import Unavailable
from shared.messaging.handler import Rewind
from shared.storage.sqlite import open_database
from tests.services.engagement.builders import make_act, make_scoring
from tests.services.engagement.opened import sqlite_books


class Announced:
    """An Announcer that remembers, and fails when told to."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.failing = False

    async def scored(self, entries: Sequence[tuple[Act, Entry]]) -> None:
        if self.failing:
            raise Unavailable("away")
        self.keys += [entry.key for _, entry in entries]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[ScoreStore]:
    async with open_database(tmp_path / "engagement.sqlite", MIGRATIONS) as database:
        yield SqliteScoreStore(database, await sqlite_books(database))


async def _count(store: ScoreStore) -> int:
    profiles = await store.profiles(["c-1"])
    return sum(profiles["c-1"].acts.values()) if profiles else 0


async def test_a_span_is_scored_and_announced(store: ScoreStore) -> None:
    announced = Announced()
    score = make_scoring(store, announced)
    await score("acts", 0, 0, 2, [make_act(id="a"), make_act(id="b")])
    await score("acts", 0, 2, 3, [make_act(id="c")])
    assert await _count(store) == 3
    assert announced.keys == ["/shop a", "/shop b", "/shop c"]


async def test_after_a_crash_before_the_announcement_it_is_announced_but_not_scored_again(
    store: ScoreStore,
) -> None:
    announced = Announced()
    announced.failing = True
    with pytest.raises(Unavailable):
        await make_scoring(store, announced)("acts", 0, 0, 1, [make_act(id="a")])
    announced.failing = False
    await make_scoring(store, announced)("acts", 0, 0, 2, [make_act(id="a"), make_act(id="b")])
    assert await _count(store) == 2
    assert announced.keys == ["/shop a", "/shop b"]
    assert await store.position("acts", 0) == 2


async def test_the_position_never_moves_back(store: ScoreStore) -> None:
    score = make_scoring(store, Announced())
    await score("acts", 0, 0, 9, [make_act(id="a")])
    await make_scoring(store, Announced())("acts", 0, 0, 1, [make_act(id="a")])
    assert await store.position("acts", 0) == 9


async def test_a_zombie_notices_and_counts_nothing_twice(store: ScoreStore) -> None:
    announced = Announced()
    zombie = make_scoring(store, announced)
    await zombie("acts", 0, 0, 1, [make_act(id="a")])
    heir = make_scoring(store, announced)
    await heir("acts", 0, 1, 3, [make_act(id="b"), make_act(id="c")])
    await zombie("acts", 0, 1, 2, [make_act(id="b")])
    assert await _count(store) == 3
    assert await store.position("acts", 0) == 3


async def test_a_store_that_stands_earlier_asks_for_what_it_missed_once(store: ScoreStore) -> None:
    score = make_scoring(store, Announced())
    await score("acts", 0, 0, 4, [make_act(id="a")])
    restored = make_scoring(store, Announced())
    with pytest.raises(Rewind) as asked:
        await restored("acts", 0, 8, 9, [make_act(id="c")])
    assert asked.value.position == 4
    # The log no longer has what lies between: go on from what it has.
    await restored("acts", 0, 8, 9, [make_act(id="c")])
    assert await store.position("acts", 0) == 9


async def test_a_span_without_readable_acts_moves_on(store: ScoreStore) -> None:
    await make_scoring(store, Announced())("acts", 0, 0, 5, [])
    assert await store.position("acts", 0) == 5


async def test_a_partition_that_comes_back_is_not_read_again_from_where_it_was_left(
    store: ScoreStore,
) -> None:
    announced = Announced()
    first = make_scoring(store, announced)
    await first("acts", 0, 0, 1, [make_act(id="a")])
    await make_scoring(store, announced)("acts", 0, 1, 2, [make_act(id="b")])
    await first("acts", 0, 2, 3, [make_act(id="c")])
    assert announced.keys == ["/shop a", "/shop b", "/shop c"]
    assert await store.position("acts", 0) == 3
