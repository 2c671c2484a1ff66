"""The feedback service as it runs embedded, for tests to call."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
from fastapi import FastAPI

from services.feedback.app import create_app
from services.feedback.wiring import Feedback
from shared.clock import ManualClock
from shared.config import Settings
from shared.contracts.cloudevents import CloudEvent, kafka_binding
from shared.contracts.engagement import ActRef
from shared.contracts.topics import FEEDBACK
from shared.links import SURVEY_LINK_LIFE, SurveyLink, sign_survey_link
from shared.messaging.ports import MessageLog
from shared.runtime import Infrastructure, open_infrastructure
from shared.web.keys import Scope
from tests.services.feedback.builders import NOW, SECRET

WAIT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Running:
    """The app, its parts, and a client without a key."""

    app: FastAPI
    infrastructure: Infrastructure
    client: httpx.AsyncClient
    clock: ManualClock

    @property
    def feedback(self) -> Feedback:
        feedback: Feedback = self.app.state.feedback
        return feedback

    def key(self, *scopes: Scope) -> dict[str, str]:
        """Headers with a new key."""
        plain = self.infrastructure.keys.create("test", scopes)
        return {"Authorization": f"Bearer {plain}"}

    def token(
        self, customer: str = "c-1", message_id: str | None = "m-1", act: ActRef | None = None
    ) -> str:
        """A link to the survey `order` as the notifier makes it."""
        expires = self.clock.now() + SURVEY_LINK_LIFE
        return sign_survey_link(SECRET, SurveyLink(customer, "order", expires, message_id, act))


@asynccontextmanager
async def open_running(
    folder: Path, wrap: Callable[[MessageLog], MessageLog] = lambda log: log
) -> AsyncIterator[Running]:
    """The service with its data in `folder`, its log in what `wrap` makes around it."""
    settings = Settings(
        data_dir=folder, link_secret=SECRET, public_url="https://shop.example/", port=0
    )
    clock = ManualClock(NOW)
    async with open_infrastructure(settings, clock) as opened:
        infrastructure = replace(opened, log=wrap(opened.log))
        app = create_app(infrastructure)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://test") as client,
        ):
            yield Running(app, infrastructure, client, clock)


async def until(check: Callable[[], Awaitable[bool]]) -> None:
    """Return once `check` holds; raises TimeoutError where it never does."""
    async with asyncio.timeout(WAIT_SECONDS):
        while True:
            if await check():
                return
            await asyncio.sleep(0.01)


async def told(log: MessageLog, least: int) -> Sequence[CloudEvent]:
    """All events of requite.feedback.v1 from the beginning, once there are `least`."""
    events: list[CloudEvent] = []
    async with log.subscribe("test", [FEEDBACK.name]) as subscription:
        while len(events) < least:
            batches = await subscription.fetch(1000, WAIT_SECONDS)
            assert batches, f"only {len(events)} of {least} events arrived"
            for batch in batches:
                events += [kafka_binding.decode(d.headers, d.value) for d in batch.deliveries]
    return events
