"""The real app of engagement on an embedded log and store, and whoever talks to it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
from fastapi import FastAPI

from services.engagement.app import create_app
from shared.clock import ManualClock
from shared.config import Settings
from shared.contracts import customers, feedback, messages
from shared.contracts.cloudevents import CloudEvent, kafka_binding
from shared.contracts.engagement import ActRef
from shared.contracts.topics import ACTS, CUSTOMERS, FEEDBACK, MESSAGES
from shared.messaging.ports import Record
from shared.runtime import Infrastructure, open_infrastructure
from shared.web.keys import Scope
from tests.shipped import example

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ACT = ActRef(source="/shop", id="7", type="io.requite.act.help.v1", time="2026-05-30T10:00:00Z")
DECIDED = messages.Decided(
    act=ACT, verdict="thanked", reason="rule_applies", rule="help", message_id="m-1"
)
Answer = dict[str, Any]


def event(type: str, id: str, customer: str, time: str, data: object) -> Record:
    """A record of any topic."""
    content = data if isinstance(data, bytes) else msgspec.json.encode(data)
    headers, value = kafka_binding.encode(
        CloudEvent(
            id=id,
            source="/shop",
            type=type,
            subject=customer,
            time=time,
            datacontenttype="application/json",
            data=content,
        )
    )
    return Record(customer.encode(), value, headers)


def act(id: str, customer: str = "c-1", kind: str = "help", day: int = 30) -> Record:
    """An act in May."""
    type = f"io.requite.act.{kind}.v1"
    return event(type, id, customer, f"2026-05-{day:02}T10:00:00Z", example(type))


def answer(id: str, customer: str = "c-1", value: int = 9) -> Record:
    """An answer on the 29th of May."""
    data = feedback.Answered(survey="order", value=value, scale=(0, 10), about=ACT)
    return event(feedback.ANSWERED, id, customer, "2026-05-29T10:00:00Z", data)


def person(customer: str, revision: int = 1, **identity: Any) -> Record:
    """Who somebody is."""
    data = customers.Customer(revision=revision, **identity)
    return event(
        customers.CUSTOMER, f"{customer}/{revision}", customer, "2026-05-01T10:00:00Z", data
    )


def tombstone(customer: str) -> Record:
    """An erasure."""
    return Record(customer.encode(), None)


@dataclass(frozen=True, slots=True)
class Running:
    """`desk` may do everything with profiles, `tool` read them without identity."""

    app: FastAPI
    infrastructure: Infrastructure
    clock: ManualClock
    folder: Path
    desk: httpx.AsyncClient
    tool: httpx.AsyncClient

    async def acts(self, *records: Record) -> None:
        """Told on requite.acts.v1."""
        await self._publish(ACTS.name, records)

    async def people(self, *records: Record) -> None:
        """Told on requite.customers.v1."""
        await self._publish(CUSTOMERS.name, records)

    async def feedback(self, *records: Record) -> None:
        """Told on requite.feedback.v1."""
        await self._publish(FEEDBACK.name, records)

    async def messages(self, *records: Record) -> None:
        """Told on requite.messages.v1."""
        await self._publish(MESSAGES.name, records)

    async def _publish(self, topic: str, records: Sequence[Record]) -> None:
        await self.infrastructure.log.publish(topic, records)

    async def profile(
        self, customer: str = "c-1", until: Callable[[Answer], bool] = lambda _: True
    ) -> Answer:
        """The desk's view, once it is there and as wanted."""

        async def look() -> Answer | None:
            response = await self.desk.get(f"/v1/profiles/{customer}")
            assert response.status_code < 500, response.text
            found: Answer = response.json()
            return found if response.status_code == 200 and until(found) else None

        return await self.wait(look)

    async def shown(self, customer: str = "c-1", **counts: int) -> Answer:
        """The newest of the timeline, once it shows so many of these kinds."""

        async def look() -> Answer | None:
            response = await self.desk.get(f"/v1/profiles/{customer}/timeline?limit=200")
            assert response.status_code < 500, response.text
            if response.status_code != 200:
                return None
            page: Answer = response.json()
            kinds = [one["kind"] for one in page["data"]]
            is_there = all(kinds.count(kind) == count for kind, count in counts.items())
            return page if is_there else None

        return await self.wait(look)

    async def wait(self, look: Callable[[], Awaitable[Answer | None]]) -> Answer:
        """What `look` returns at last: consumers are at work meanwhile."""
        while (found := await look()) is None:
            pass
        return found

    async def wait_for_status(self, path: str, status: int) -> httpx.Response:
        """The first answer of this status."""
        while (response := await self.desk.get(path)).status_code != status:
            assert response.status_code < 500, response.text
        return response


@asynccontextmanager
async def open_running(folder: Path, **settings: Any) -> AsyncIterator[Running]:
    """On a clock that stands still at NOW."""
    clock = ManualClock(NOW)
    async with AsyncExitStack() as stack:
        infrastructure = await stack.enter_async_context(
            open_infrastructure(Settings(data_dir=folder, **settings), clock)
        )
        app = create_app(infrastructure)

        async def client(*scopes: Scope) -> httpx.AsyncClient:
            key = infrastructure.keys.create("support desk", scopes)
            return await stack.enter_async_context(
                httpx.AsyncClient(
                    transport=httpx.ASGITransport(app),
                    base_url="http://engagement",
                    headers={"Authorization": f"Bearer {key}"},
                )
            )

        desk = await client("profiles:read", "profiles:write", "customers:read")
        tool = await client("profiles:read")
        await stack.enter_async_context(app.router.lifespan_context(app))
        yield Running(app, infrastructure, clock, folder, desk, tool)
