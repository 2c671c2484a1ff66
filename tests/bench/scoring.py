"""Scoring from Kafka into MongoDB, and reading what was scored."""

import asyncio
import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from pymongo import MongoClient

from shared.contracts.cloudevents import json_format, kafka_binding
from shared.contracts.topics import ACTS, CATALOGUE
from shared.messaging.kafka_log import KafkaOptions, open_kafka_log
from shared.messaging.ports import Record
from shared.web.keys import KeyRing
from tests.bench.ingest import Reference, cpu_seconds, even, event, skewed
from tests.bench.load import drive, get
from tests.bench.measure import Comparison, Figure, compare
from tests.servers.kafka import FULL_SPEED, Kafka
from tests.servers.mongod import Mongod
from tests.servers.ports import LOOPBACK, free_port
from tests.servers.process import ServerProcess
from tests.servers.service import Service

ACTS_SCORED = 60_000
READS = 4_000


def measure(folder: Path, mongod: Mongod) -> list[Comparison]:
    """All paths; leaves nothing running."""
    results = []
    for name, draw in (("uniform", even), ("log-uniform", skewed)):
        with Kafka(folder / f"kafka-{name}", java_options=FULL_SPEED) as kafka:
            asyncio.run(_fill(kafka, draw))
            rounds = _Rounds(folder / name, kafka, mongod)
            scoring = compare(
                f"scoring from Kafka into MongoDB, exact; customers {name}",
                "acts/s",
                rounds.ours,
                rounds.reference,
                reach=1.0,
                note="ours also publishes every score to requite.engagement.v1",
            )
            results.append(scoring)
            if draw is even:
                results.append(_reads(folder / name, kafka, mongod))
    return results


class _Rounds:
    """Each round scores the whole topic into an empty database, by a new group."""

    def __init__(self, folder: Path, kafka: Kafka, mongod: Mongod) -> None:
        self._folder = folder
        self._kafka = kafka
        self._mongod = mongod
        self._round = 0

    def ours(self) -> Figure:
        self._round += 1
        with MongoClient[dict[str, Any]](self._mongod.url) as client:
            client.drop_database("requite_engagement")
            asyncio.run(_rewind(self._kafka))
            service = engagement(self._folder / f"round-{self._round}", self._kafka, self._mongod)
            service.launch()
            try:
                profiles = client["requite_engagement"]["profiles"]
                rate = _watch(lambda: _scored(profiles))
                cpu = cpu_seconds(service)
            finally:
                service.stop()
        return Figure(rate, cpu / ACTS_SCORED)

    def reference(self) -> Figure:
        self._round += 1
        with MongoClient[dict[str, Any]](self._mongod.url) as client:
            client.drop_database("reference")
            process = _Blind(self._folder, self._round, self._kafka, self._mongod)
            process.launch()
            try:
                rate = _watch(lambda: _scored(client["reference"]["profiles"]))
                cpu = cpu_seconds(process)
            finally:
                process.stop()
        return Figure(rate, cpu / ACTS_SCORED)


class _Blind(ServerProcess):
    def __init__(self, folder: Path, number: int, kafka: Kafka, mongod: Mongod) -> None:
        super().__init__("blind", folder / f"round-{number}")
        self._arguments = [kafka.bootstrap, mongod.url, ACTS.name, f"reference-{number}"]

    def command(self) -> list[str]:
        return [sys.executable, "-m", "tests.bench.reference_scoring", *self._arguments]

    def answers(self) -> bool:
        return True


def engagement(folder: Path, kafka: Kafka, mongod: Mongod) -> Service:
    """Our service on Kafka and MongoDB."""
    return Service(
        "engagement",
        folder,
        port=free_port(),
        settings={
            "REQUITE_MESSAGING": "kafka",
            "REQUITE_STORAGE": "mongodb",
            "REQUITE_KAFKA_BOOTSTRAP": kafka.bootstrap,
            "REQUITE_MONGODB_URL": mongod.url,
            "REQUITE_LINK_SECRET": "bench",
            "REQUITE_PSEUDONYM_KEY": "bench",
            "REQUITE_API_KEYS_FILE": str(folder.parent / "keys.json"),
            "REQUITE_LOG_LEVEL": "warning",
        },
    )


def _scored(profiles: Any) -> int:
    pipeline = [{"$group": {"_id": None, "n": {"$sum": "$acts.purchase"}}}]
    found = list(profiles.aggregate(pipeline))
    return int(found[0]["n"]) if found else 0


def _watch(count: Callable[[], int]) -> float:
    """Acts a second between the first tenth and the end, so that starting up is left out."""
    begun: tuple[float, int] | None = None
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        done, now = count(), time.monotonic()
        if begun is None and done >= ACTS_SCORED // 10:
            begun = (now, done)
        if done >= ACTS_SCORED and begun is not None:
            return (done - begun[1]) / (now - begun[0])
        time.sleep(0.05)
    raise TimeoutError(f"scored {count()} of {ACTS_SCORED}")


async def _fill(kafka: Kafka, draw: Callable[[], int]) -> None:
    async with open_kafka_log(KafkaOptions(kafka.bootstrap)) as log:
        await log.ensure_topics(CATALOGUE)
        held = await _end(kafka)
        for start in range(held, ACTS_SCORED, 500):
            bodies = [json.dumps(event(10**9 + start + n, draw)).encode() for n in range(500)]
            events = [json_format.decode_event(body) for body in bodies]
            records = []
            for one in events:
                headers, value = kafka_binding.encode(one)
                records.append(Record((one.subject or "").encode(), value, headers))
            await log.publish(ACTS.name, records)


async def _end(kafka: Kafka) -> int:
    places = [TopicPartition(ACTS.name, n) for n in range(ACTS.partitions)]
    async with AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap) as consumer:
        return sum((await consumer.end_offsets(places)).values())


async def _rewind(kafka: Kafka) -> None:
    places = [TopicPartition(ACTS.name, n) for n in range(ACTS.partitions)]
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka.bootstrap, group_id="engagement", enable_auto_commit=False
    )
    async with consumer:
        consumer.assign(places)
        await consumer.commit({place: 0 for place in places})


def _reads(folder: Path, kafka: Kafka, mongod: Mongod) -> Comparison:
    key = KeyRing(folder / "keys.json").create("bench", ["scores:read"])
    with MongoClient[dict[str, Any]](mongod.url) as client:
        found = client["requite_engagement"]["profiles"].find({}, {"_id": 1})
        customers = sorted(document["_id"] for document in found)
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.reference_reads", mongod.url, str(port)]
    chooser = random.Random(2)

    def read(server: Service, key: str | None) -> Figure:
        host = f"{LOOPBACK}:{server.port}"
        chosen = [chooser.choice(customers) for _ in range(READS)]
        requests = [get(f"/v1/scores/{customer}", host, key) for customer in chosen]
        before = cpu_seconds(server)
        load = asyncio.run(drive(LOOPBACK, server.port, requests, 32, 200))
        return Figure(load.rate, (cpu_seconds(server) - before) / READS)

    with (
        engagement(folder / "reads", kafka, mongod) as ours,
        Reference(folder / "reads-reference", port, command) as reference,
    ):
        return compare(
            "GET /v1/scores/{id}",
            "requests/s",
            lambda: read(ours, key),
            lambda: read(reference, None),
            reach=1.2,
            note="ours also reads the ledger entries that matter most",
        )
