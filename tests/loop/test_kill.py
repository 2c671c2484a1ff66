"""`kill -9` of any part at many random moments of an import changes nothing.

REQUITE_KILL_SEED repeats a run; the seed is printed with a failure.
"""

import asyncio
import os
import random
import signal
import time
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest

from services.notifier.wiring.rounds import SENDERS
from tests.loop.conftest import Deploy
from tests.loop.deployment import Deployment, eventually
from tests.loop.histories import REAL_FILE, History, made_up_history, real_history
from tests.loop.importing import Importer, check_scores, check_totals, settled
from tests.loop.programmes import ORDERS, one_message_each
from tests.loop.shop import Json, Shop
from tests.loop.test_history import introduce_all

pytestmark = pytest.mark.slow

PARTS = ("events", "engagement", "notifier", "feedback", "mongod", "kafka")
EMBEDDED_KILLS = 10
KILLS_A_PART = 2
IMPORTER_KILLS = 2
DRAIN_SECONDS = 120.0
AHEAD = 20


@pytest.fixture
def rng() -> random.Random:
    """Seeded by REQUITE_KILL_SEED, else anew."""
    seed = int(os.environ.get("REQUITE_KILL_SEED") or random.SystemRandom().randrange(10**6))
    print(f"REQUITE_KILL_SEED={seed}")
    return random.Random(seed)


@pytest.mark.skipif(not REAL_FILE.exists(), reason=f"{REAL_FILE.name} is not there")
async def test_one_process_is_killed(
    deploy_embedded: Deploy, tmp_path: Path, rng: random.Random
) -> None:
    history = real_history()
    with deploy_embedded(_settings(tmp_path)) as deployment:
        async with deployment.client() as client:
            shop = Shop(client)
            await introduce_all(shop, history)
            importer = Importer(deployment, history.file, history.mapping, tmp_path / "import", 5)
            await Attack(shop, importer, history, rng).run(["embedded"] * EMBEDDED_KILLS)
            await _nothing_is_wrong(shop, history)
            await eventually(lambda: _one_mail_a_purchase(deployment, history), DRAIN_SECONDS)


@pytest.mark.live
async def test_every_part_is_killed(
    deploy_distributed: Deploy, tmp_path: Path, rng: random.Random
) -> None:
    history = made_up_history(tmp_path / "orders.csv", rng, orders=1500, customers=60)
    with deploy_distributed(_settings(tmp_path)) as deployment:
        async with deployment.client() as client:
            shop = Shop(client)
            await introduce_all(shop, history)
            importer = Importer(deployment, history.file, history.mapping, tmp_path / "import", 2)
            victims = [*PARTS] * KILLS_A_PART
            rng.shuffle(victims)
            await Attack(shop, importer, history, rng).run(victims)
            await _nothing_is_wrong(shop, history)
            await _no_mail_came_twice(deployment, shop, history)


@dataclass(slots=True)
class Attack:
    """Kills parts, and the importer, while it imports; the kills are spread over the import."""

    shop: Shop
    importer: Importer
    history: History
    rng: random.Random

    async def run(self, victims: Sequence[str]) -> None:
        """Until the import has come to a good end and everything has been handled."""
        unlucky = set(self.rng.sample(range(len(victims)), IMPORTER_KILLS))
        process = await self.importer.start()
        for number, victim in enumerate(victims):
            await self._wait_for(self.history.acts * (number + 1) // (len(victims) + 2), process)
            await self._kill(victim, process)
            if number in unlucky:
                process.send_signal(signal.SIGCONT)
                process.kill()
                await process.wait()
                process = await self.importer.start()
        process.send_signal(signal.SIGCONT)
        assert await process.wait() == 0
        await settled(self.shop, self.history, DRAIN_SECONDS)

    async def _wait_for(self, acts: int, process: Process) -> None:
        """Let the importer go on until so many acts are scored, and not much further."""

        async def scored() -> None:
            held = self.importer.acknowledged() > acts + AHEAD
            process.send_signal(signal.SIGSTOP if held else signal.SIGCONT)
            totals = await self.shop.get("/v1/programme/totals")
            assert sum(totals["acts"].values()) >= acts

        await eventually(scored, DRAIN_SECONDS)
        print(f"{acts} of {self.history.acts} acts scored at {time.monotonic():.1f} s")
        assert process.returncode is None, "the import was over before the last kill"

    async def _kill(self, victim: str, process: Process) -> None:
        """While the importer is at work, which soon meets what is missing; then it is held until
        all is there again, so that the import lasts until the last kill."""
        parts = self.importer.deployment.parts
        process.send_signal(signal.SIGCONT)
        await asyncio.sleep(self.rng.uniform(0, 0.1))
        await asyncio.to_thread(parts[victim].kill)
        await asyncio.sleep(self.rng.uniform(0, 0.2))
        process.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        await asyncio.to_thread(parts[victim].start)
        print(f"{victim} was back after {time.monotonic() - began:.1f} s")
        dead = [name for name, part in parts.items() if not part.is_running()]
        assert dead == [], f"they ended when {victim} was killed"


async def _nothing_is_wrong(shop: Shop, history: History) -> None:
    await check_totals(shop, history)
    await check_scores(shop, history)


async def _one_mail_a_purchase(deployment: Deployment, history: History) -> None:
    subjects = Counter(str(mail["Subject"]) for mail in deployment.mails())
    orders = (one.id for one in history.orders if one.total)
    assert subjects == {f"Thank you for order {id}": 1 for id in orders}


async def _no_mail_came_twice(deployment: Deployment, shop: Shop, history: History) -> None:
    """A mail server can't be asked whether it has a mail. So of what was under way when something
    was killed nobody knows, and it is not sent again."""
    messages = {one["id"]: one for name in history.standings for one in await _messages(shop, name)}
    assert len(messages) == history.purchases

    async def nothing_waits() -> None:
        for name in history.standings:
            messages.update((one["id"], one) for one in await _messages(shop, name))
        waiting = Counter(one["status"] for one in messages.values())
        assert waiting["waiting"] + waiting["sending"] <= SENDERS * (KILLS_A_PART * len(PARTS))

    await eventually(nothing_waits, DRAIN_SECONDS)
    received = Counter(_id_of(mail) for mail in deployment.mails())
    assert set(received.values()) == {1}
    sent = {id for id, one in messages.items() if one["status"] == "sent"}
    assert sent <= received.keys() <= messages.keys()


async def _messages(shop: Shop, customer: str) -> list[Json]:
    page = await shop.get("/v1/messages", customer=customer, limit=200)
    assert page["next_cursor"] is None
    return list(page["data"])


def _id_of(mail: EmailMessage) -> str:
    return str(mail["Message-ID"]).strip("<>").partition("@")[0]


def _settings(folder: Path) -> dict[str, str]:
    """A mail for each purchase; a consumer that was killed is soon replaced."""
    return {
        "REQUITE_PROGRAMME_DIR": str(one_message_each(folder / "programme", {"orders": ORDERS})),
        "REQUITE_KAFKA_SESSION_SECONDS": "3",
    }
