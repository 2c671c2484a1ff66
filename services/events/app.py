"""The web app of events."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.events.inbound import http, ingest
from services.events.wiring import open_events
from shared.runtime import Infrastructure
from shared.web.app import Endpoints, Service, create_web_app
from shared.web.limits import Limits

SERVICE = Service(
    name="events",
    title="Requite events",
    summary="Captures what customers do and who they are.",
    limits=Limits(body_bytes=5 * 2**20),
)


def create_app(infrastructure: Infrastructure) -> FastAPI:
    """Its use cases are in `app.state.events` while the lifespan lasts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_events(infrastructure) as events:
            app.state.events = events
            yield

    endpoints = Endpoints(
        routers=[http.router],
        fast=[ingest.ROUTE],
        described={"/v1/events": ingest.DESCRIPTION},
    )
    return create_web_app(SERVICE, infrastructure.edge, endpoints, lifespan)
