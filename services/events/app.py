"""The web app of events."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.events.inbound import (
    act_types,
    aliases,
    data_requests,
    http,
    ingest,
    link_page,
    merges,
    referral_link,
    referrals,
    suggestions,
    webhooks,
)
from services.events.wiring import connect, open_events
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
    """Its use cases are in `app.state.events` while the lifespan lasts.

    Raises ProgrammeInvalid for sources that no connector can be made for.
    """
    connectors = connect(infrastructure)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_events(infrastructure, connectors) as events:
            app.state.events = events
            yield

    endpoints = Endpoints(
        routers=[
            act_types.router,
            aliases.router,
            link_page.router,
            data_requests.router,
            http.router,
            merges.router,
            referral_link.router,
            referrals.router,
            suggestions.router,
        ],
        fast=[ingest.ROUTE, webhooks.ROUTE],
        described={
            "/v1/events": ingest.DESCRIPTION,
            "/v1/webhooks/{source}": webhooks.DESCRIPTION,
        },
    )
    return create_web_app(SERVICE, infrastructure.edge, endpoints, lifespan)
