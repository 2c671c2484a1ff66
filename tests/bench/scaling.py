"""Two engagement processes of one consumer group beside one, on the same topic."""

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from tests.bench.measure import Comparison, Figure, compare
from tests.bench.mix import even
from tests.bench.progress import follow
from tests.bench.scoring import engagement, fill, start_anew
from tests.servers.kafka import FULL_SPEED, Kafka
from tests.servers.mongod import Mongod
from tests.servers.service import Service

ACTS = 160_000
BEGIN, END = 0.3, 0.95
"""By then both have joined, and neither has run out of partitions."""


def measure(folder: Path) -> list[Comparison]:
    """`reference` is one process."""
    with (
        Mongod(folder / "mongod") as mongod,
        Kafka(folder / "kafka", java_options=FULL_SPEED) as kafka,
    ):
        asyncio.run(fill(kafka, even(10_000), ACTS))
        cores: dict[int, str] = {}
        number = iter(range(1000))

        def run(processes: int) -> Figure:
            start_anew(kafka, mongod)
            round_ = folder / f"round-{next(number)}"
            scoring = [engagement(round_ / str(n), kafka, mongod) for n in range(1, processes + 1)]
            figure, cores[processes] = _run(scoring, kafka, mongod)
            return figure

        result = compare(
            "scoring by two processes beside one",
            "acts/s",
            lambda: run(2),
            lambda: run(1),
            reach=1.6,
        )
    return [replace(result, note=f"cores: {cores[2]}; with one: {cores[1]}")]


def _run(scoring: Sequence[Service], kafka: Kafka, mongod: Mongod) -> tuple[Figure, str]:
    processes = {f"scoring {n}": one for n, one in enumerate(scoring, start=1)}
    servers = {"mongod": mongod, "kafka": kafka}
    with ExitStack() as stops:
        for one in scoring:
            one.launch()
            stops.callback(one.stop)
        progress = asyncio.run(
            follow(kafka, "engagement", ACTS, processes | servers, begin=BEGIN, end=END)
        )
    cpu = sum(progress.cores[name] for name in processes) / progress.rate
    return Figure(progress.rate, cpu), str(progress)
