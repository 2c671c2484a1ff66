"""From the answer to POST /v1/events until GET /v1/scores/{id} shows the act, under load."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from pymongo import AsyncMongoClient

from shared.contracts.topics import Topic
from shared.messaging.kafka_log import KafkaOptions, open_kafka_log
from shared.web.keys import KeyRing
from tests.bench.load import drive, get, post
from tests.bench.measure import ROUNDS, Comparison, beside
from tests.bench.mix import Mix, even
from tests.bench.open_loop import Pool, drive_steadily, open_pool, quantile
from tests.bench.progress import follow
from tests.bench.scoring import engagement
from tests.servers.kafka import FULL_SPEED, Kafka
from tests.servers.mongod import Mongod
from tests.servers.ports import LOOPBACK, free_port
from tests.servers.service import Service

CUSTOMERS = 10_000
ACTS, BATCH = 60_000, 500
"""By which the full rate is measured."""
SHARE = 0.25
SECONDS, PROBES, TOGETHER = 10, 25, 20
"""A round; probes a second; acts of the load in one request."""
POLL_SECONDS = 0.004
_MOST_SECONDS = 30.0

PROBED = Topic("bench.probes", says="what the reference sends", written_by=(), read_by=())
_BATCH_TYPE = "application/cloudevents-batch+json"
_seeds = itertools.count(1)

Probe = Callable[[int], Awaitable[float]]
"""Sends one, and returns the seconds that it took."""


def measure(folder: Path) -> list[Comparison]:
    """Half and 99 % of the times. The reference is what no way through these servers can do
    without: a record received from the same Kafka, and one journaled write to the same MongoDB."""
    with _servers(folder) as servers:
        full = asyncio.run(_full_rate(servers))
        rounds = [asyncio.run(_round(servers, full * SHARE)) for _ in range(ROUNDS + 1)][1:]
    note = f"at {full * SHARE:,.0f} acts/s, a quarter of {full:,.0f}"
    return [
        beside(
            f"act accepted until its score is read, {name}",
            "ms",
            [(quantile(one.ours, share), quantile(one.reference, share)) for one in rounds],
            note=f"{limit}{note}",
        )
        for name, share, limit in (("p50", 0.5, ""), ("p99", 0.99, "at most 250; "))
    ] + [
        beside(
            f"GET /v1/scores/{{id}} meanwhile, {name}",
            "ms",
            [(quantile(one.reads, share), quantile(one.reference, share)) for one in rounds],
            note=note,
        )
        for name, share in (("p50", 0.5), ("p99", 0.99))
    ]


@dataclass(frozen=True, slots=True)
class _Servers:
    kafka: Kafka
    mongod: Mongod
    events: Service
    engagement: Service
    key: str


@dataclass(frozen=True, slots=True)
class _Round:
    """Sorted seconds."""

    ours: list[float]
    reads: list[float]
    reference: list[float]


@contextmanager
def _servers(folder: Path) -> Iterator[_Servers]:
    key = KeyRing(folder / "keys.json").create("bench", ["admin"])
    with (
        Mongod(folder / "mongod") as mongod,
        Kafka(folder / "kafka", java_options=FULL_SPEED) as kafka,
        engagement(folder / "engagement", kafka, mongod) as scoring,
    ):
        port = free_port()
        events = Service("events", folder / "events", port=port, settings=scoring.settings)
        with events:
            yield _Servers(kafka, mongod, events, scoring, key)


def _post(servers: _Servers, acts: Sequence[dict[str, Any]]) -> bytes:
    host = f"{LOOPBACK}:{servers.events.port}"
    return post("/v1/events", host, _BATCH_TYPE, json.dumps(acts).encode(), servers.key)


def _load(servers: _Servers, acts: int, together: int) -> list[bytes]:
    told = Mix(even(CUSTOMERS), seed=next(_seeds)).acts(acts)
    return [
        _post(servers, batch) for batch in iter(lambda: list(itertools.islice(told, together)), [])
    ]


async def _full_rate(servers: _Servers) -> float:
    """Acts a second that are taken in and scored at the same time."""
    requests = _load(servers, ACTS, BATCH)
    async with asyncio.TaskGroup() as tasks:
        scored = tasks.create_task(follow(servers.kafka, "engagement", ACTS, {}))
        tasks.create_task(drive(LOOPBACK, servers.events.port, requests, 4, 202))
    return scored.result().rate


async def _round(servers: _Servers, rate: float) -> _Round:
    async with (
        open_pool(LOOPBACK, servers.events.port, 64) as events,
        open_pool(LOOPBACK, servers.engagement.port, 64) as scores,
    ):
        reads: list[float] = []
        async with _under_load(servers, events, rate):
            ours = await _probe(_Through(servers, events, scores, reads))
        async with _under_load(servers, events, rate), _bare(servers) as bare:
            reference = await _probe(bare)
    return _Round(ours, sorted(reads), reference)


@asynccontextmanager
async def _under_load(servers: _Servers, events: Pool, rate: float) -> AsyncIterator[None]:
    """For as long as the context lasts, and no longer."""
    requests = _load(servers, int(rate * SECONDS * 3), TOGETHER)
    over = asyncio.Event()
    for_as_long = itertools.takewhile(lambda _: not over.is_set(), requests)
    load = asyncio.create_task(drive_steadily(events, for_as_long, rate / TOGETHER, 202))
    await asyncio.sleep(1)
    try:
        yield
        if load.done():
            raise RuntimeError("the load was over before the probes")
    finally:
        over.set()
        await load


async def _probe(probe: Probe) -> list[float]:
    """Send probes when they are due; sorted seconds."""
    started = perf_counter()
    async with asyncio.TaskGroup() as tasks:
        sent = []
        for number in range(PROBES * SECONDS):
            await asyncio.sleep(max(0.0, started + number / PROBES - perf_counter()))
            sent.append(tasks.create_task(_take(probe, number)))
    return sorted(one.result() for one in sent)


async def _take(probe: Probe, number: int) -> float:
    return await probe(number)


class _Through:
    """An act of somebody new, sent by itself, until the score is there; `reads` takes the seconds
    of each GET."""

    def __init__(self, servers: _Servers, events: Pool, scores: Pool, reads: list[float]) -> None:
        self._servers = servers
        self._events = events
        self._scores = scores
        self._reads = reads
        self._mix = Mix(even(CUSTOMERS), seed=next(_seeds))

    async def __call__(self, number: int) -> float:
        act = self._mix.act(f"probe-{next(_seeds)}", number, datetime.now(UTC))
        act["subject"] = act["id"]
        await self._events.request(_post(self._servers, [act]), 202)
        accepted = perf_counter()
        host = f"{LOOPBACK}:{self._servers.engagement.port}"
        request = get(f"/v1/scores/{act['id']}", host, self._servers.key)
        while perf_counter() < accepted + _MOST_SECONDS:
            asked = perf_counter()
            answer = await self._scores.request(request)
            now = perf_counter()
            self._reads.append(now - asked)
            if answer.startswith(b"HTTP/1.1 200"):
                return now - accepted
            await asyncio.sleep(POLL_SECONDS)
        raise TimeoutError(f"no score of {act['id']}")


@asynccontextmanager
async def _bare(servers: _Servers) -> AsyncIterator[Probe]:
    """Once the broker has acknowledged a record, until it was received and written."""
    bootstrap = servers.kafka.bootstrap
    async with open_kafka_log(KafkaOptions(bootstrap)) as log:
        await log.ensure_topics([PROBED])
    written: dict[bytes, asyncio.Future[None]] = {}
    client = AsyncMongoClient[dict[str, Any]](servers.mongod.url, w="majority", journal=True)
    consumer = AIOKafkaConsumer(
        PROBED.name, bootstrap_servers=bootstrap, auto_offset_reset="earliest"
    )
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")

    async def receive() -> None:
        async for record in consumer:
            if record.value in written:  # The others are of earlier rounds.
                await client["reference"]["probes"].insert_one({"of": record.value})
                written[record.value].set_result(None)

    async def probe(number: int) -> float:
        value = f"{number} {next(_seeds)}".encode()
        written[value] = asyncio.get_running_loop().create_future()
        await producer.send_and_wait(PROBED.name, value)
        acknowledged = perf_counter()
        async with asyncio.timeout(_MOST_SECONDS):
            await written[value]
        return perf_counter() - acknowledged

    async with client, consumer, producer:
        receiving = asyncio.create_task(receive())
        try:
            yield probe
        finally:
            receiving.cancel()
