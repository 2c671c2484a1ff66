"""GET /v1/scores/{id}, so many a second whatever becomes of them, while scoring runs."""

import asyncio
import random
import sys
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient

from shared.web.keys import KeyRing
from tests.bench.ingest import Reference
from tests.bench.load import get
from tests.bench.measure import ROUNDS, Comparison, beside
from tests.bench.mix import even
from tests.bench.open_loop import drive_steadily, open_pool, quantile
from tests.bench.progress import committed, follow
from tests.bench.scoring import customers_scored, engagement, fill, start_anew
from tests.servers.kafka import FULL_SPEED, Kafka
from tests.servers.mongod import Mongod
from tests.servers.ports import LOOPBACK, free_port
from tests.servers.service import Service

RATE, SECONDS = 500, 5
CONNECTIONS = 64
ACTS, CUSTOMERS = 400_000, 5_000
"""More than is scored while it is asked."""
BEGIN = 0.1


def measure(folder: Path) -> list[Comparison]:
    """Half and 99 % of the answers, while a backlog is scored as fast as can be."""
    key = KeyRing(folder / "keys.json").create("bench", ["scores:read"])
    with (
        Mongod(folder / "mongod") as mongod,
        Kafka(folder / "kafka", java_options=FULL_SPEED) as kafka,
    ):
        asyncio.run(fill(kafka, even(CUSTOMERS), ACTS))
        port = free_port()
        command = [sys.executable, "-m", "tests.bench.reference_reads", mongod.url, str(port)]
        rounds: list[tuple[list[float], list[float], float]] = []
        with Reference(folder / "reference", port, command) as reference:
            for number in range(ROUNDS + 1):
                start_anew(kafka, mongod)
                with engagement(folder / f"round-{number}", kafka, mongod) as ours:
                    asyncio.run(follow(kafka, "engagement", int(ACTS * BEGIN), {}))
                    customers = customers_scored(mongod)
                    rounds.append(asyncio.run(_round(kafka, customers, ours, key, reference)))
    rate = sum(one[2] for one in rounds[1:]) / ROUNDS
    return [
        beside(
            f"GET /v1/scores/{{id}} at {RATE}/s while scoring runs, {name}",
            "ms",
            [(quantile(ours, share), quantile(others, share)) for ours, others, _ in rounds[1:]],
            note=f"{limit}scored meanwhile: {rate:,.0f} acts/s; the reference does not score",
        )
        for name, share, limit in (("p50", 0.5, ""), ("p99", 0.99, "at most 15; "))
    ]


async def _round(
    kafka: Kafka, customers: list[str], ours: Service, key: str, reference: Service
) -> tuple[list[float], list[float], float]:
    """Times of ours and of the reference, and acts a second that were scored meanwhile."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    try:
        before = await committed(admin, "engagement")
        mine = await _read(ours, key, customers)
        after = await committed(admin, "engagement")
        others = await _read(reference, None, customers)
        if await committed(admin, "engagement") >= ACTS:
            raise RuntimeError("all was scored before all was read")
    finally:
        await admin.close()
    return mine, others, (after - before) / SECONDS


async def _read(server: Service, key: str | None, customers: list[str]) -> list[float]:
    host = f"{LOOPBACK}:{server.port}"
    chosen = random.choices(customers, k=RATE * SECONDS)
    requests = [get(f"/v1/scores/{customer}", host, key) for customer in chosen]
    async with open_pool(LOOPBACK, server.port, CONNECTIONS) as pool:
        return await drive_steadily(pool, requests, RATE, 200)
