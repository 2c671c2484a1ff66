"""A real broker dies and comes back: events goes on accepting, and nothing is lost."""

import asyncio
from pathlib import Path

import pytest

from tests.servers.kafka import Kafka
from tests.services.events.inbound.running import Running, make_json, open_running

pytestmark = pytest.mark.slow

SECONDS = 90


async def test_accepted_while_kafka_is_away(private_kafka: Kafka, tmp_path: Path) -> None:
    settings = {
        "messaging": "kafka",
        "kafka_bootstrap": private_kafka.bootstrap,
        "link_secret": "x" * 32,
        "pseudonym_key": "y" * 32,
        "publish_seconds": 0.5,
        "spool_capacity": 3,
    }
    async with open_running(tmp_path / "data", **settings) as running:
        assert (await running.post([make_json(id="1")])).status_code == 202
        await asyncio.to_thread(private_kafka.kill)
        for number in range(2, 5):
            assert (await running.post([make_json(id=str(number))])).status_code == 202
        full = await running.post([make_json(id="5")])
        assert (full.status_code, full.headers["retry-after"]) == (503, "2")
        assert (await _ready(running))[0] == 503, "the spool is full"
        assert "requite_spool_acts 3.0" in (await running.client.get("/metrics")).text
        await asyncio.to_thread(private_kafka.restart)
        async with asyncio.timeout(SECONDS):
            await _until(running, "/readyz", '"ready":true', "degraded")
            await _until(running, "/metrics", "requite_spool_acts 0.0")
            assert (await running.post([make_json(id="6")])).status_code == 202
            assert {act.id for act in await running.acts(5)} == {"1", "2", "3", "4", "6"}


async def test_ready_though_degraded(private_kafka: Kafka, tmp_path: Path) -> None:
    settings = {
        "messaging": "kafka",
        "kafka_bootstrap": private_kafka.bootstrap,
        "link_secret": "x" * 32,
        "pseudonym_key": "y" * 32,
        "publish_seconds": 0.5,
    }
    async with open_running(tmp_path / "data", **settings) as running:
        await asyncio.to_thread(private_kafka.kill)
        assert (await running.post([make_json(id="1")])).status_code == 202
        status, degraded = await _ready(running)
        assert status == 200
        assert "log" in degraded


async def _ready(running: Running) -> tuple[int, list[str]]:
    response = await running.client.get("/readyz")
    return response.status_code, response.json().get("degraded", [])


async def _until(running: Running, path: str, said: str, unsaid: str = "\0") -> None:
    while True:
        text = (await running.client.get(path)).text
        if said in text and unsaid not in text:
            return
        await asyncio.sleep(0.2)
