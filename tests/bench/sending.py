"""Mails that wait in MongoDB, through the whole notifier to a local SMTP server, and announced."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import aiosmtplib
import uvloop
from pymongo import MongoClient

from services.notifier.domain.occasion import Occasion
from services.notifier.domain.planning import Plan, plan
from services.notifier.domain.policy import Policy, Route
from services.notifier.storage.opening import open_stores
from shared.clock import epoch_ms
from shared.contracts.engagement import ActRef
from shared.contracts.topics import CATALOGUE, MESSAGES
from shared.messaging.kafka_log import KafkaOptions, open_kafka_log
from shared.programme.loader import load
from shared.programme.model import Programme
from tests.bench import engaged
from tests.bench.deciding import notifier
from tests.bench.ingest import cpu_seconds
from tests.bench.mails import BODY, HTML, running, small
from tests.bench.measure import Comparison, Figure, compare
from tests.bench.mix import name
from tests.bench.progress import told
from tests.servers.kafka import FULL_SPEED, Kafka
from tests.servers.mongod import Mongod
from tests.servers.service import Service

MAILS, AT_ONCE = 20_000, 8
BEGIN = 0.1
REACH = 500
"""Mails a second."""

_PLANS_AT_ONCE = 2000
_POLL_SECONDS = 0.1
_MOST_SECONDS = 300.0


def measure(folder: Path) -> list[Comparison]:
    """Leaves nothing running."""
    # Nobody is to sleep while it is measured.
    shop = engaged.programme_with(folder / "programme", {"attention.yaml": "quiet_hours: never\n"})
    with (
        Kafka(folder / "kafka", java_options=FULL_SPEED) as kafka,
        Mongod(folder / "mongod", cache_gigabytes=1.0) as mongod,
        running(small) as url,
    ):
        asyncio.run(_make_topics(kafka))
        rounds = _Rounds(folder, kafka, mongod, shop, url)
        sending = compare(
            f"mails from MongoDB through the notifier, {AT_ONCE} at once",
            "mails/s",
            rounds.ours,
            lambda: uvloop.run(_reference(url)),
            reach=None,
        )
    note = f"reach {REACH} mails/s; reference: one text, nothing kept; cores: {rounds.cores}"
    return [replace(sending, note=note)]


async def _make_topics(kafka: Kafka) -> None:
    async with open_kafka_log(KafkaOptions(kafka.bootstrap)) as log:
        await log.ensure_topics(CATALOGUE)


class _Rounds:
    """Each round sends what waits in a database that was filled for it."""

    def __init__(self, folder: Path, kafka: Kafka, mongod: Mongod, shop: Path, url: str) -> None:
        self._folder = folder
        self._kafka = kafka
        self._mongod = mongod
        self._shop = shop
        self._url = url
        self._round = 0
        self.cores = ""

    def ours(self) -> Figure:
        self._round += 1
        with MongoClient[dict[str, Any]](self._mongod.url) as client:
            client.drop_database(engaged.DATABASE)
        asyncio.run(engaged.introduce(self._mongod, MAILS))
        asyncio.run(put_messages(self._mongod, load(self._shop), MAILS))
        service = notifier(
            self._folder / f"round-{self._round}",
            self._kafka,
            self._mongod,
            self._shop,
            REQUITE_MAIL="smtp",
            REQUITE_SMTP_URL=self._url,
            REQUITE_MAIL_FROM="The Corner Shop <thanks@shop.example>",
        )
        return asyncio.run(self._follow(service))

    async def _follow(self, service: Service) -> Figure:
        """Until all are announced, measured from a share of them on."""
        before = await told(self._kafka, MESSAGES)
        service.launch()
        try:
            async with asyncio.timeout(_MOST_SECONDS):
                first, since, busy = await self._reached(service, before + int(BEGIN * MAILS))
                last, until, after = await self._reached(service, before + MAILS)
        finally:
            service.stop()
        seconds, sent = until - since, last - first
        cores = {one: (after[one] - busy[one]) / seconds for one in busy}
        self.cores = ", ".join(f"{one} {share:.2f}" for one, share in cores.items())
        return Figure(sent / seconds, (after["notifier"] - busy["notifier"]) / sent)

    async def _reached(self, service: Service, wanted: int) -> tuple[int, float, dict[str, float]]:
        servers = {"notifier": service, "mongod": self._mongod, "kafka": self._kafka}
        while True:
            announced, now = await told(self._kafka, MESSAGES), time.monotonic()
            if announced >= wanted:
                return announced, now, {one: cpu_seconds(two) for one, two in servers.items()}
            await asyncio.sleep(_POLL_SECONDS)


async def put_messages(mongod: Mongod, programme: Programme, count: int) -> None:
    """Decide that so many customers are thanked, each for a help."""
    policy = Policy(
        programme.thanks,
        {"email": Route("email", address="email")},
        programme.attention,
        programme.settings.time_zone,
    )
    async with open_stores(engaged.settings(mongod), engaged.PSEUDONYM_KEY) as stores:
        numbers = iter(range(count))
        while some := [name(number) for number in islice(numbers, _PLANS_AT_ONCE)]:
            customers = await stores.customers.customers(some)
            plans = [*_plans(policy, programme, customers)]
            assert all(one.messages for one in plans)
            assert not await stores.decisions.carry_out(plans)


def _plans(policy: Policy, programme: Programme, customers: Any) -> Iterator[Plan]:
    act, now = programme.acts["help"], datetime.now(UTC)
    data = engaged.encode(act.example)
    for id, customer in customers.items():
        ref = ActRef(source="/shop", id=f"help-{id}", type=act.type, time=now.isoformat())
        occasion = Occasion(ref, id, "help", epoch_ms(now), data)
        yield plan(customer, (), (occasion,), policy, epoch_ms(now))


async def _reference(url: str) -> Figure:
    """One connection each, used for all mails, which are all the same."""
    host, _, port = url.removeprefix("smtp://").partition(":")
    lines = f"Subject: Thank you\r\n\r\n{BODY}{HTML}".replace("\n", "\r\n").encode()
    numbers = iter(range(MAILS))

    async def work() -> None:
        async with aiosmtplib.SMTP(hostname=host, port=int(port)) as client:
            for number in numbers:
                await client.sendmail("thanks@shop.example", f"ada-{number}@shop.example", lines)

    started, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    rate = MAILS / (time.perf_counter() - started)
    return Figure(rate, (time.process_time() - cpu) / MAILS)
