"""Scoring from Kafka into MongoDB, and reading what was scored."""

import asyncio
import json
import random
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from shared.contracts.cloudevents import json_format, kafka_binding
from shared.contracts.topics import ACTS, CATALOGUE
from shared.messaging.kafka_log import KafkaOptions, open_kafka_log
from shared.messaging.ports import Record
from shared.web.keys import KeyRing
from tests.bench.ingest import Reference, cpu_seconds
from tests.bench.load import drive, get
from tests.bench.measure import Comparison, Figure, compare
from tests.bench.mix import Draw, Mix, even, skewed
from tests.bench.progress import Progress, follow, rewind, told
from tests.servers.kafka import FULL_SPEED, Kafka
from tests.servers.mongod import Mongod
from tests.servers.ports import LOOPBACK, free_port
from tests.servers.process import ServerProcess
from tests.servers.service import Service

READS = 4_000
PROFILES = "profiles_1"
"""The collection of the first book, which stays the live one here."""
_FILLED_AT_ONCE = 500

CASES: Mapping[str, tuple[Draw, int, float]] = {
    "uniform, known": (even(10_000), 120_000, 0.5),
    "uniform, new": (even(60_000), 60_000, 0.1),
    "log-uniform, known": (skewed(10_000), 120_000, 0.5),
    "log-uniform, new": (skewed(60_000), 60_000, 0.1),
}
"""How customers are drawn, how many acts there are, and from which share of them on it counts:
what comes before makes the customers known."""


def measure(folder: Path) -> list[Comparison]:
    """All paths; leaves nothing running."""
    results = []
    with Mongod(folder / "mongod") as mongod:
        for number, (name, (draw, acts, begin)) in enumerate(CASES.items()):
            with Kafka(folder / f"kafka-{number}", java_options=FULL_SPEED) as kafka:
                asyncio.run(fill(kafka, draw, acts))
                rounds = _Rounds(folder / f"case-{number}", kafka, mongod, acts, begin)
                scoring = compare(
                    f"scoring from Kafka into MongoDB, exact; customers {name}",
                    "acts/s",
                    rounds.ours,
                    rounds.reference,
                    reach=1.0,
                )
                note = f"with scores announced; cores: {rounds.cores}"
                results.append(replace(scoring, note=note))
                if number == 0:
                    results.append(_reads(folder / f"case-{number}", kafka, mongod))
    return results


class _Rounds:
    """Each round scores the whole topic into an empty database, by a group that begins anew."""

    def __init__(self, folder: Path, kafka: Kafka, mongod: Mongod, acts: int, begin: float) -> None:
        self._folder = folder
        self._kafka = kafka
        self._mongod = mongod
        self._acts = acts
        self._begin = begin
        self._round = 0
        self.cores = ""

    def ours(self) -> Figure:
        self._round += 1
        start_anew(self._kafka, self._mongod)
        service = engagement(self._folder / f"round-{self._round}", self._kafka, self._mongod)
        progress, cpu = self._run(service, "engagement")
        self.cores = str(progress)
        return Figure(progress.rate, cpu)

    def reference(self) -> Figure:
        self._round += 1
        with MongoClient[dict[str, Any]](self._mongod.url) as client:
            client.drop_database("reference")
        process = _Blind(self._folder, self._round, self._kafka, self._mongod)
        progress, cpu = self._run(process, f"reference-{self._round}")
        return Figure(progress.rate, cpu)

    def _run(self, process: ServerProcess, group: str) -> tuple[Progress, float]:
        processes = {"scoring": process, "mongod": self._mongod, "kafka": self._kafka}
        process.launch()
        try:
            progress = asyncio.run(
                follow(self._kafka, group, self._acts, processes, begin=self._begin)
            )
        finally:
            process.stop()
        return progress, progress.cores["scoring"] / progress.rate


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


def start_anew(kafka: Kafka, mongod: Mongod) -> None:
    """Forget all scores; the topic is read from its beginning."""
    with MongoClient[dict[str, Any]](mongod.url) as client:
        client.drop_database("requite_engagement")
    asyncio.run(rewind(kafka))


async def fill(kafka: Kafka, draw: Draw, acts: int) -> None:
    """Put so many acts on the topic."""
    async with open_kafka_log(KafkaOptions(kafka.bootstrap)) as log:
        await log.ensure_topics(CATALOGUE)
        records: list[Record] = []
        for act in Mix(draw).acts(acts):
            event = json_format.decode_event(json.dumps(act).encode())
            headers, value = kafka_binding.encode(event)
            records.append(Record((event.subject or "").encode(), value, headers))
            if len(records) == _FILLED_AT_ONCE:
                await log.publish(ACTS.name, records)
                records = []
        await log.publish(ACTS.name, records)
    assert await told(kafka) == acts


def customers_scored(mongod: Mongod) -> list[str]:
    """All customers who have a profile."""
    with MongoClient[dict[str, Any]](mongod.url) as client:
        found = client["requite_engagement"]["profiles_1"].find({}, {"_id": 1})
        return sorted(document["_id"] for document in found)


def _reads(folder: Path, kafka: Kafka, mongod: Mongod) -> Comparison:
    key = KeyRing(folder / "keys.json").create("bench", ["scores:read"])
    customers = customers_scored(mongod)
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
