"""`kill -9` of whoever sends, at random moments while messages go to a mail server and a webhook.

REQUITE_KILL_SEED repeats a run; the seed is printed with a failure.
"""

import asyncio
import os
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec
import pytest

from services.notifier.use_cases.sending import ROUNDS
from services.notifier.wiring.rounds import SENDERS
from shared.contracts.cloudevents import CloudEvent, kafka_binding
from shared.contracts.customers import CUSTOMER, Consent, Customer
from shared.contracts.engagement import SCORED, ActRef, Scored
from shared.contracts.topics import CATALOGUE, CUSTOMERS, ENGAGEMENT
from shared.messaging.kafka_log import KafkaLog, KafkaOptions, open_kafka_log
from shared.messaging.ports import Record
from shared.web.keys import KeyRing
from tests.loop.conftest import Deploy
from tests.loop.deployment import eventually
from tests.loop.outgoing import (
    MAIL,
    Sinks,
    acts_of,
    check,
    final_messages,
    make_sinks,
    send_through_shop,
)
from tests.servers.kafka import Kafka
from tests.servers.mongod import Mongod
from tests.servers.ports import free_port
from tests.servers.process import ServerProcess
from tests.servers.service import Service

pytestmark = [pytest.mark.slow, pytest.mark.timeout(500)]

AT_ONCE = 8
"""Of a channel that says nothing else."""
BEHIND = 1500
"""Messages that are told of and not yet sent: so many that neither deciding nor sending rests."""
STRETCH_SECONDS = 120.0
END_SECONDS = 150.0
"""The lease of what was under way at the last kill, and what was left."""

Tell = Callable[[Sequence[str]], Awaitable[None]]


@pytest.fixture
def rng() -> random.Random:
    """Seeded by REQUITE_KILL_SEED, else anew."""
    seed = int(os.environ.get("REQUITE_KILL_SEED") or random.SystemRandom().randrange(10**6))
    print(f"REQUITE_KILL_SEED={seed}")
    return random.Random(seed)


@pytest.fixture
def sinks(tmp_path: Path) -> Sinks:
    """Not running yet."""
    return make_sinks(tmp_path)


@pytest.mark.live
async def test_the_notifier_is_killed(
    private_kafka: Kafka, private_mongod: Mongod, sinks: Sinks, tmp_path: Path, rng: random.Random
) -> None:
    keys = KeyRing(tmp_path / "keys.json")
    settings = {
        **sinks.settings,
        "REQUITE_MESSAGING": "kafka",
        "REQUITE_STORAGE": "mongodb",
        "REQUITE_KAFKA_BOOTSTRAP": private_kafka.bootstrap,
        "REQUITE_KAFKA_SESSION_SECONDS": "3",
        "REQUITE_MONGODB_URL": private_mongod.url,
        "REQUITE_LINK_SECRET": "test",
        "REQUITE_PSEUDONYM_KEY": "test",
        "REQUITE_API_KEYS_FILE": str(tmp_path / "keys.json"),
        "REQUITE_LOG_LEVEL": "warning",
    }
    key = keys.create("test", ["decisions:read"])
    notifier = Service("notifier", tmp_path / "notifier", port=free_port(), settings=settings)
    async with (
        open_kafka_log(KafkaOptions(private_kafka.bootstrap)) as log,
        httpx.AsyncClient(
            base_url=notifier.url, headers={"Authorization": f"Bearer {key}"}, timeout=30
        ) as client,
    ):
        await log.ensure_topics(CATALOGUE)
        with sinks.mail, sinks.hook, notifier:
            attack = Attack(sinks, notifier, client, lambda names: _publish(log, names), rng)
            await attack.run(customers=5000, kills=20)


async def test_one_process_is_killed(
    deploy_embedded: Deploy, sinks: Sinks, rng: random.Random
) -> None:
    with ExitStack() as stack:
        stack.enter_context(sinks.mail)
        stack.enter_context(sinks.hook)
        deployment = stack.enter_context(deploy_embedded(sinks.settings))
        async with deployment.client() as client:
            process = deployment.parts["embedded"]
            attack = Attack(
                sinks, process, client, lambda names: send_through_shop(client, names), rng
            )
            await attack.run(customers=500, kills=6)


@dataclass(slots=True)
class Attack:
    """Kills `process`, and starts it again at once, while `tell` brings what is answered."""

    sinks: Sinks
    process: ServerProcess
    client: httpx.AsyncClient
    tell: Tell
    rng: random.Random

    async def run(self, *, customers: int, kills: int) -> None:
        """Until every message has come to its end. Each customer gets two."""
        names = [f"c-{number}" for number in range(customers)]
        began = time.monotonic()
        telling = asyncio.create_task(self._tell(names))
        moments = sorted(self.rng.sample(range(customers // 50, customers * 2 * 9 // 10), kills))
        for moment in moments:
            await self._wait_for(moment)
            await asyncio.sleep(self.rng.uniform(0, 0.05))
            await asyncio.to_thread(self.process.kill)
            taken = self.sinks.count
            await asyncio.to_thread(self.process.start)
            print(f"killed at {taken} messages, {time.monotonic() - began:.1f} s")
        await telling
        print(f"all told of, {self.sinks.count} taken, {time.monotonic() - began:.1f} s")
        messages = await final_messages(self.client, names, END_SECONDS)
        outcomes = check(self.sinks, messages)
        repeated = self.sinks.hook.count() - customers
        arrived = self.sinks.mail.count() - outcomes[MAIL, "sent"]
        print(f"{dict(outcomes)} after {time.monotonic() - began:.1f} s")
        print(f"{repeated} webhooks came again; {arrived} of the unknown mails have arrived")
        assert outcomes[MAIL, "failed"] == 0
        assert outcomes[MAIL, "unknown"] <= kills * SENDERS * ROUNDS * AT_ONCE

    async def _tell(self, names: Sequence[str]) -> None:
        """Not much faster than messages go out."""
        for start in range(0, len(names), 100):

            async def keeps_up(told: int = 2 * start) -> None:
                assert told - self.sinks.count < BEHIND

            await eventually(keeps_up, STRETCH_SECONDS)
            await self.tell(names[start : start + 100])

    async def _wait_for(self, moment: int) -> None:
        async def has_come() -> None:
            assert self.sinks.count >= moment

        await eventually(has_come, STRETCH_SECONDS)


async def _publish(log: KafkaLog, names: Sequence[str]) -> None:
    """As events and engagement would say it."""
    now = datetime.now(UTC).isoformat()
    consent = Consent(purpose="thanks", channel="any", state="granted", time=now)
    known, scored = [], []
    for name in names:
        email = f"{name}@example.com"
        record = Customer(revision=1, name="Ana", email=email, locale="en", consents=(consent,))
        known.append(_record(f"{name}-1", CUSTOMER, name, record))
        for told in acts_of(name):
            reference = ActRef(source="/shop", id=told["id"], type=told["type"], time=now)
            payload = msgspec.Raw(msgspec.json.encode(told["data"]))
            about = Scored(act=reference, data=payload, dimension="voice", points=1.0, formula="0")
            scored.append(_record(told["id"], SCORED, name, about))
    await log.publish(CUSTOMERS.name, known)
    await log.publish(ENGAGEMENT.name, scored)


def _record(id: str, kind: str, customer: str, content: msgspec.Struct) -> Record:
    event = CloudEvent(
        id=id,
        source="/test",
        type=kind,
        subject=customer,
        datacontenttype="application/json",
        data=msgspec.json.encode(content),
    )
    headers, value = kafka_binding.encode(event)
    return Record(customer.encode(), value, headers)
