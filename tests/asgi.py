"""An HTTP client straight into a web app, inside the app's lifespan."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI


@asynccontextmanager
async def open_client(app: FastAPI, key: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """A client that sends `key`, if any; errors come back as responses, as over the network."""
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=transport, base_url="http://requite.test", headers=headers
        ) as client,
    ):
        yield client
