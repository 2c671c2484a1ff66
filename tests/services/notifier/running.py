"""The notifier as it runs embedded, for tests to call."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from services.notifier.app import create_app
from services.notifier.ports.stores import Stores
from shared.clock import ManualClock
from shared.config import Settings
from shared.runtime import Infrastructure, open_infrastructure
from tests.services.notifier.builders import NOW, SECRET

WAIT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Running:
    """The app, its parts, and a client with a key that may read decisions."""

    app: FastAPI
    infrastructure: Infrastructure
    client: httpx.AsyncClient
    clock: ManualClock

    @property
    def stores(self) -> Stores:
        stores: Stores = self.app.state.notifier.stores
        return stores

    async def get(self, path: str, **query: str | int) -> Any:
        """The answer's JSON."""
        response = await self.client.get(path, params=query)
        assert response.status_code == 200, response.text
        return response.json()


@asynccontextmanager
async def open_running(folder: Path, **settings: Any) -> AsyncIterator[Running]:
    """The service with its data in `folder` and the programme that is shipped."""
    given = Settings(data_dir=folder, link_secret=SECRET, **settings)
    clock = ManualClock(NOW)
    async with open_infrastructure(given, clock) as infrastructure:
        app = create_app(infrastructure)
        key = infrastructure.keys.create("test", ["decisions:read"])
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(
                transport=transport,
                base_url="http://test",
                headers={"Authorization": f"Bearer {key}"},
            ) as client,
        ):
            yield Running(app, infrastructure, client, clock)
        assert not infrastructure.fatal.tripped


async def until(check: Callable[[], Awaitable[bool]]) -> None:
    """Return once `check` holds; raises TimeoutError where it never does."""
    async with asyncio.timeout(WAIT_SECONDS):
        while True:
            if await check():
                return
            await asyncio.sleep(0.01)
