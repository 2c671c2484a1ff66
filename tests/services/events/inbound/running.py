"""The real events app on a real embedded log and store."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec

from services.events.app import create_app
from services.events.wiring import Events
from shared.clock import ManualClock
from shared.config import Settings
from shared.contracts.cloudevents import CloudEvent, kafka_binding
from shared.contracts.topics import ACTS
from shared.messaging.ports import Delivery
from shared.runtime import Infrastructure, open_infrastructure
from tests.services.events.builders import NOW
from tests.shipped import example

BATCH = "application/cloudevents-batch+json"
EVENT = "application/cloudevents+json"


@dataclass(frozen=True, slots=True)
class Running:
    """A client with an admin's key, and a look into the log."""

    client: httpx.AsyncClient
    infrastructure: Infrastructure
    events: Events

    async def post(self, content: Any, media_type: str = BATCH, **headers: str) -> httpx.Response:
        body = content if isinstance(content, bytes) else msgspec.json.encode(content)
        sent = {"Content-Type": media_type, **headers}
        return await self.client.post("/v1/events", content=body, headers=sent)

    async def carried_out(self) -> None:
        """Every delivery that was answered is carried out once this returns."""
        while await self.events.empty_inbox():
            pass

    async def deliveries(self, topic: str, count: int) -> list[Delivery]:
        """The first `count` records of a topic, by a new group."""
        found: list[Delivery] = []
        group = self.infrastructure.ids()
        async with self.infrastructure.log.subscribe(group, [topic]) as member:
            while len(found) < count:
                for batch in await member.fetch(500, 5.0):
                    found += batch.deliveries
        return found

    async def acts(self, count: int) -> Sequence[CloudEvent]:
        found = await self.deliveries(ACTS.name, count)
        return [kafka_binding.decode(one.headers, one.value) for one in found]


@asynccontextmanager
async def open_running(folder: Path, **settings: Any) -> AsyncIterator[Running]:
    chosen = Settings(data_dir=folder, **settings)
    async with open_infrastructure(chosen, ManualClock(NOW)) as infrastructure:
        app = create_app(infrastructure)
        key = infrastructure.keys.create("test", ["admin"])
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app),
                base_url="http://events",
                headers={"Authorization": f"Bearer {key}"},
            ) as client,
        ):
            yield Running(client, infrastructure, app.state.events)


def make_json(kind: str = "purchase", **members: Any) -> dict[str, Any]:
    """An event in the JSON format."""
    event_type = f"io.requite.act.{kind}.v1"
    return {
        "specversion": "1.0",
        "id": "1",
        "source": "/shop",
        "type": event_type,
        "subject": "c-1",
        "time": "2026-05-30T10:00:00Z",
        "data": example(event_type),
    } | members
