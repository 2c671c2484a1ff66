"""Deciding about what comes out of engagement, from Kafka into MongoDB and back to Kafka."""

import asyncio
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from shared.contracts.topics import ENGAGEMENT
from tests.bench import engaged
from tests.bench.measure import Comparison, Figure, compare
from tests.bench.mix import Event, Mix, even, name
from tests.bench.progress import Progress, follow, rewind, told
from tests.servers.kafka import FULL_SPEED, Kafka
from tests.servers.mongod import Mongod
from tests.servers.ports import free_port
from tests.servers.process import ServerProcess
from tests.servers.service import Service
from tests.shipped import programme

REACH = 8_000
"""Acts a second."""
SPAN = timedelta(hours=6)
"""Acts are from the last hours, so that none is too old to be thanked for."""
PROGRAMME = {
    # What is decided must not depend on the hour at which it is measured.
    "attention.yaml": "quiet_hours: never\n",
    # Nothing goes out meanwhile.
    "channels/email.yaml": "adapter: email\nper_second: 0.001\n",
}


@dataclass(frozen=True, slots=True)
class Case:
    """So many acts of so many customers, measured from a share of them on."""

    acts: Callable[[int], Iterator[Event]]
    count: int
    customers: int
    begin: float


def _mixed(customers: int) -> Callable[[int], Iterator[Event]]:
    return lambda count: Mix(even(customers), span=SPAN).acts(count)


def _of_kind(kind: str) -> Callable[[int], Iterator[Event]]:
    """Acts of one kind, each of another customer."""

    def acts(count: int) -> Iterator[Event]:
        act, begin = programme().acts[kind], datetime.now(UTC) - SPAN
        for number in range(count):
            time = begin + number * SPAN / count
            yield {
                "id": f"{kind}-{number:012d}",
                "source": "https://shop.example/acts",
                "type": act.type,
                "subject": name(number),
                "time": time.isoformat(timespec="milliseconds"),
                "data": act.example,
            }

    return acts


CASES: Mapping[str, Case] = {
    "mix": Case(_mixed(60_000), 120_000, 60_000, 0.5),
    "mix, six acts each": Case(_mixed(10_000), 60_000, 10_000, 0.5),
    "each thanked": Case(_of_kind("help"), 60_000, 60_000, 0.1),
    "nothing to say": Case(_of_kind("visit"), 120_000, 60_000, 0.1),
}


def measure(folder: Path) -> list[Comparison]:
    """All cases; leaves nothing running."""
    results = []
    shop = engaged.programme_with(folder / "programme", PROGRAMME)
    with Mongod(folder / "mongod", cache_gigabytes=1.0) as mongod:
        for number, (title, case) in enumerate(CASES.items()):
            with Kafka(folder / f"kafka-{number}", java_options=FULL_SPEED) as kafka:
                asyncio.run(engaged.fill(kafka, case.acts(case.count)))
                assert asyncio.run(told(kafka, ENGAGEMENT)) == case.count
                rounds = _Rounds(folder / f"case-{number}", kafka, mongod, case, shop)
                deciding = compare(
                    f"deciding from Kafka into MongoDB; {title}",
                    "acts/s",
                    rounds.ours,
                    rounds.reference,
                    reach=None,
                )
                note = f"reach {REACH} acts/s; {rounds.verdicts}; cores: {rounds.cores}"
                results.append(replace(deciding, note=note))
    return results


class _Rounds:
    """Each round decides about the whole topic in a database that knows customers only, by a group
    that begins anew."""

    def __init__(
        self, folder: Path, kafka: Kafka, mongod: Mongod, case: Case, programme: Path
    ) -> None:
        self._folder = folder
        self._kafka = kafka
        self._mongod = mongod
        self._case = case
        self._programme = programme
        self._round = 0
        self.cores = self.verdicts = ""

    def ours(self) -> Figure:
        self._round += 1
        self._drop(engaged.DATABASE)
        asyncio.run(engaged.introduce(self._mongod, self._case.customers))
        asyncio.run(rewind(self._kafka, "notifier", ENGAGEMENT))
        service = notifier(
            self._folder / f"round-{self._round}", self._kafka, self._mongod, self._programme
        )
        progress, cpu = self._run(service, "notifier")
        self.cores, self.verdicts = str(progress), self._decided()
        return Figure(progress.rate, cpu)

    def reference(self) -> Figure:
        self._round += 1
        self._drop("reference")
        process = _Blind(self._folder, self._round, self._kafka, self._mongod)
        progress, cpu = self._run(process, f"reference-{self._round}")
        return Figure(progress.rate, cpu)

    def _drop(self, database: str) -> None:
        with MongoClient[dict[str, Any]](self._mongod.url) as client:
            client.drop_database(database)

    def _decided(self) -> str:
        """How many decisions there are of each verdict; one an act, or it counts for nothing."""
        with MongoClient[dict[str, Any]](self._mongod.url) as client:
            decisions = client[engaged.DATABASE]["decisions"]
            found = decisions.aggregate([{"$sortByCount": "$verdict"}])
            counts = {one["_id"]: one["count"] for one in found}
        assert sum(counts.values()) == self._case.count, counts
        return ", ".join(f"{count} {verdict}" for verdict, count in counts.items())

    def _run(self, process: ServerProcess, group: str) -> tuple[Progress, float]:
        processes = {"deciding": process, "mongod": self._mongod, "kafka": self._kafka}
        process.launch()
        try:
            progress = asyncio.run(
                follow(
                    self._kafka,
                    group,
                    self._case.count,
                    processes,
                    begin=self._case.begin,
                    topic=ENGAGEMENT,
                )
            )
        finally:
            process.stop()
        return progress, progress.cores["deciding"] / progress.rate


class _Blind(ServerProcess):
    def __init__(self, folder: Path, number: int, kafka: Kafka, mongod: Mongod) -> None:
        super().__init__("blind", folder / f"round-{number}")
        self._arguments = [kafka.bootstrap, mongod.url, ENGAGEMENT.name, f"reference-{number}"]

    def command(self) -> list[str]:
        return [sys.executable, "-m", "tests.bench.reference_deciding", *self._arguments]

    def answers(self) -> bool:
        return True


def notifier(
    folder: Path, kafka: Kafka, mongod: Mongod, programme: Path, **settings: str
) -> Service:
    """Our service on Kafka and MongoDB."""
    return Service(
        "notifier",
        folder,
        port=free_port(),
        settings={
            "REQUITE_MESSAGING": "kafka",
            "REQUITE_STORAGE": "mongodb",
            "REQUITE_KAFKA_BOOTSTRAP": kafka.bootstrap,
            "REQUITE_MONGODB_URL": mongod.url,
            "REQUITE_PROGRAMME_DIR": str(programme),
            "REQUITE_LINK_SECRET": "bench",
            "REQUITE_PSEUDONYM_KEY": engaged.PSEUDONYM_KEY,
            "REQUITE_API_KEYS_FILE": str(folder.parent / "keys.json"),
            "REQUITE_LOG_LEVEL": "warning",
        }
        | settings,
    )
