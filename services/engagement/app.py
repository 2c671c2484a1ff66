"""The web app of engagement."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.engagement.inbound import (
    explanations,
    formula,
    groups,
    http,
    leaderboards,
    notes,
    profile_changes,
    profile_search,
    profiles,
    score_of_one,
)
from services.engagement.wiring import open_engagement
from shared.runtime import Infrastructure
from shared.web.app import Endpoints, Service, create_web_app

SERVICE = Service(
    name="engagement",
    title="Requite engagement",
    summary="Scores what customers do and answers what their scores are.",
)


def create_app(infrastructure: Infrastructure) -> FastAPI:
    """Its use cases are in `app.state.engagement` while the lifespan lasts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_engagement(infrastructure) as engagement:
            app.state.engagement = engagement
            yield

    endpoints = Endpoints(
        routers=[
            http.router,
            explanations.router,
            formula.router,
            leaderboards.router,
            profiles.router,
            notes.router,
            profile_changes.router,
            profile_search.router,
            groups.router,
        ],
        fast=[score_of_one.ROUTE],
        described={score_of_one.ROUTE.path: score_of_one.DESCRIPTION},
    )
    return create_web_app(SERVICE, infrastructure.edge, endpoints, lifespan)
