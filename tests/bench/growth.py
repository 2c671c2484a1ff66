"""Time for one act, and memory, as the ledger grows from ten thousand entries to millions."""

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from services.engagement.domain.act import Act
from services.engagement.domain.ledger import Entry
from services.engagement.domain.moments import compile_rules
from services.engagement.inbound.acts_topic import ReadActs
from services.engagement.ports.stores import Stores
from services.engagement.storage.opening import open_stores
from services.engagement.use_cases.scoring import ScoreActs
from shared.clock import SystemClock
from shared.config import Settings
from shared.contracts.acts_reader import ActsReader
from shared.contracts.cloudevents import json_format
from tests.bench.measure import Comparison, beside
from tests.bench.mix import SPAN, Event, Mix, even
from tests.servers.mongod import Mongod
from tests.shipped import catalogue, programme

SIZES = (10_000, 100_000, 1_000_000)
FULL = (*SIZES, 5_000_000)
EACH = 50
"""Entries of one customer, so that there are more customers and not more acts of each."""
TOGETHER = 80
"""Customers whose acts are filled in at once."""
CACHE_GIGABYTES = 4.0
ROUNDS, ACTS, CUSTOMERS = 9, 2_000, 200
"""Measured: so many batches, of so many acts of so many known customers, drawn anew each time."""
TOPIC = "requite.acts.v1"


def measure(folder: Path, full: bool = False) -> list[Comparison]:
    """Acts a second at each size beside those at the first; memory beside that at the first."""
    with Mongod(folder / "mongod", cache_gigabytes=CACHE_GIGABYTES) as mongod:
        found = asyncio.run(_grow(mongod, FULL if full else SIZES))
    first = found[0]
    return [
        comparison
        for one in found[1:]
        for comparison in (
            beside(
                f"scoring beside {one.entries:,} ledger entries",
                "acts/s",
                list(zip(one.rates, first.rates, strict=True)),
                note=f"reference: beside {first.entries:,}; flat within 20 %; without Kafka",
                digits=0,
            ),
            beside(
                f"memory of the process that scored for {one.customers:,} customers",
                "MiB",
                [(one.memory, first.memory)],
                note=f"reference: for {first.customers:,}",
                digits=0,
            ),
        )
    ]


@dataclass(slots=True)
class _Size:
    entries: int
    customers: int
    rates: list[float] = field(default_factory=list)
    memory: float = 0.0


class _Silent:
    """An announcer for whom nobody listens."""

    async def scored(self, entries: Sequence[tuple[Act, Entry]]) -> None:
        pass


class Scoring:
    """Scores one partition from its beginning on."""

    def __init__(self, score: ScoreActs) -> None:
        self._score = score
        self._at = 0

    async def __call__(self, acts: Sequence[Act]) -> None:
        await self._score(TOPIC, 0, self._at, self._at + len(acts), acts)
        self._at += len(acts)


@asynccontextmanager
async def open_scoring(mongod: Mongod) -> AsyncIterator[tuple[Stores, Scoring]]:
    """Empty stores under the shipped programme, and what fills them."""
    settings = Settings(
        storage="mongodb", mongodb_url=mongod.url, link_secret="bench", pseudonym_key="bench"
    )
    clock = SystemClock()
    async with open_stores(settings, programme().formula, clock) as stores:
        rules = compile_rules(programme().moments)
        yield stores, Scoring(ScoreActs(stores.scores, _Silent(), rules, clock))


async def _grow(mongod: Mongod, sizes: Sequence[int]) -> list[_Size]:
    sizes_found = []
    async with open_scoring(mongod) as (_, scoring):
        known = 0
        for size in sizes:
            for acts in histories(known, size // EACH):
                await scoring(acts)
            known = size // EACH
            one = _Size(size, known)
            for number in range(ROUNDS + 1):
                acts = _of_known(known, seed=size + number)
                started = time.perf_counter()
                await scoring(acts)
                if number:  # The first is to warm up.
                    one.rates.append(ACTS / (time.perf_counter() - started))
            one.memory = memory()
            sizes_found.append(one)
    return sizes_found


def histories(first: int, last: int) -> Iterator[list[Act]]:
    """All acts of some customers after each other's, in batches."""
    read, end = _reader(), datetime.now(UTC) - timedelta(hours=2)
    for start in range(first, last, TOGETHER):
        mix, batch = Mix(even(last), seed=start), []
        for customer in range(start, min(start + TOGETHER, last)):
            for number in range(EACH):
                time_ = end - SPAN * (1 - number / EACH)
                batch.append(read(mix.act(f"{customer}-{number}", customer, time_)))
        yield batch


def _of_known(customers: int, seed: int) -> list[Act]:
    """What comes in live, within an hour."""
    read, chance = _reader(), random.Random(seed)
    drawn = chance.sample(range(customers), CUSTOMERS)
    mix = Mix(lambda chance: chance.choice(drawn), seed=seed, span=timedelta(hours=1))
    return [read(act) for act in mix.acts(ACTS)]


def _reader() -> Callable[[Event], Act]:
    read = ReadActs(ActsReader(catalogue())).at(datetime.now(UTC))

    def read_event(body: Event) -> Act:
        event = json_format.decode_event(json.dumps(body).encode())
        act = read(event, (event.subject or "").encode())
        assert act is not None
        return act

    return read_event


def memory() -> float:
    """Of this process, in MiB."""
    return float(psutil.Process().memory_info().rss) / 2**20
