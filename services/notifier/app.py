"""The web app of notifier."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.notifier.inbound import (
    bounces,
    channels,
    decisions,
    inbox,
    messages,
    preferences,
    preferences_page,
    provider_reports,
    suppressions,
)
from services.notifier.wiring import open_notifier
from shared.runtime import Infrastructure
from shared.web.app import Endpoints, Service, create_web_app

SERVICE = Service(
    name="notifier",
    title="Requite notifier",
    summary="Decides whom to write to about what, sends it once, and answers why or why not.",
)

_ROUTES = (
    decisions,
    messages,
    inbox,
    preferences,
    preferences_page,
    suppressions,
    bounces,
    provider_reports,
    channels,
)


def create_app(infrastructure: Infrastructure) -> FastAPI:
    """Its use cases are in `app.state.notifier` while the lifespan lasts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_notifier(infrastructure) as notifier:
            app.state.notifier = notifier
            yield

    return create_web_app(
        SERVICE, infrastructure.edge, Endpoints([module.router for module in _ROUTES]), lifespan
    )
