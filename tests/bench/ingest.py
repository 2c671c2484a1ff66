"""POST /v1/events into a real Kafka, one event a request and 500 a request."""

import asyncio
import itertools
import json
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from shared.web.keys import KeyRing
from tests.bench.load import drive, post
from tests.bench.measure import Comparison, Figure, compare
from tests.servers.kafka import Kafka
from tests.servers.ports import LOOPBACK, free_port
from tests.servers.process import ServerProcess
from tests.servers.service import Service

SINGLE, BATCHES, BATCH = 6_000, 60, 500
REFERENCE_TOPIC = "requite.acts.v1"

_numbers = itertools.count(1)
_random = random.Random(1)


CUSTOMERS = 10_000


def skewed() -> int:
    """A customer drawn log-uniformly: a few do most."""
    return int(CUSTOMERS ** _random.random())


def event(number: int) -> dict[str, Any]:
    """A purchase of about 390 bytes."""
    customer = skewed()
    return {
        "specversion": "1.0",
        "id": f"01JD0000-{number:012d}",
        "source": "https://shop.example/orders",
        "type": "io.requite.act.purchase.v1",
        "subject": f"customer-{customer:06d}",
        "time": "2026-11-01T10:15:30.123Z",
        "datacontenttype": "application/json",
        "data": {
            "order_id": f"order-{number:012d}",
            "total": "42.50",
            "currency": "EUR",
            "channel": "web",
            "coupon": "none",
            "shipping": "3.90",
        },
    }


@contextmanager
def servers(folder: Path, kafka: Kafka) -> Iterator[tuple[Service, Service, str]]:
    """Our service, the reference, and a key for ours."""
    key = KeyRing(folder / "keys.json").create("bench", ["admin"])
    ours = Service(
        "events",
        folder / "events",
        port=free_port(),
        settings={
            "REQUITE_MESSAGING": "kafka",
            "REQUITE_KAFKA_BOOTSTRAP": kafka.bootstrap,
            "REQUITE_LINK_SECRET": "bench",
            "REQUITE_PSEUDONYM_KEY": "bench",
            "REQUITE_API_KEYS_FILE": str(folder / "keys.json"),
            "REQUITE_LOG_LEVEL": "warning",
        },
    )
    with ours:
        port = free_port()
        command = [sys.executable, "-m", "tests.bench.reference_ingest"]
        arguments = [kafka.bootstrap, REFERENCE_TOPIC, str(port)]
        reference = Reference(folder / "reference", port, [*command, *arguments])
        with reference:
            yield ours, reference, key


class Reference(Service):
    """Another web app, which is ready as soon as it listens."""

    def __init__(self, folder: Path, port: int, command: list[str]) -> None:
        super().__init__("reference", folder, port=port, settings={}, command=command)

    def answers(self) -> bool:
        import socket

        with socket.socket() as probe:
            return probe.connect_ex((LOOPBACK, self.port)) == 0


def measure(folder: Path, kafka: Kafka) -> list[Comparison]:
    """Both paths."""
    with servers(folder, kafka) as (ours, reference, key):
        one = "application/cloudevents+json"
        many = "application/cloudevents-batch+json"
        single = compare(
            "POST /v1/events, one event a request",
            "events/s",
            lambda: _single(ours, "/v1/events", one, key),
            lambda: _single(reference, "/v1/events", "application/json", None),
            reach=2.5,
        )
        batched = compare(
            "POST /v1/events, 500 a request",
            "events/s",
            lambda: _batched(ours, "/v1/events", many, key),
            lambda: _batched(reference, "/v1/events/batch", "application/json", None),
            reach=4.0,
        )
    return [single, batched]


def _single(server: Service, path: str, media_type: str, key: str | None) -> Figure:
    host = f"{LOOPBACK}:{server.port}"
    requests = [
        post(path, host, media_type, json.dumps(event(next(_numbers))).encode(), key)
        for _ in range(SINGLE)
    ]
    return _drive(server, requests, connections=64, events=SINGLE)


def _batched(server: Service, path: str, media_type: str, key: str | None) -> Figure:
    host = f"{LOOPBACK}:{server.port}"
    requests = [
        post(
            path,
            host,
            media_type,
            json.dumps([event(next(_numbers)) for _ in range(BATCH)]).encode(),
            key,
        )
        for _ in range(BATCHES)
    ]
    return _drive(server, requests, connections=8, events=BATCH * BATCHES)


def _drive(server: Service, requests: list[bytes], *, connections: int, events: int) -> Figure:
    before = cpu_seconds(server)
    load = asyncio.run(drive(LOOPBACK, server.port, requests, connections, 202))
    cpu = cpu_seconds(server) - before
    return Figure(rate=load.rate * events / len(requests), cpu=cpu / events)


def cpu_seconds(server: ServerProcess) -> float:
    """Processor seconds of a server, and of what it was started through."""
    process = psutil.Process(server.pid)
    processes = [process, *process.children(recursive=True)]
    return sum(p.cpu_times().user + p.cpu_times().system for p in processes)
