"""The web app of feedback."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.feedback.inbound import http, survey_page
from services.feedback.wiring import open_feedback
from shared.runtime import Infrastructure
from shared.web.app import Endpoints, Service, create_web_app

SERVICE = Service(
    name="feedback",
    title="Requite feedback",
    summary="Asks customers how it was, and keeps what went wrong until it is put right.",
)


def create_app(infrastructure: Infrastructure) -> FastAPI:
    """Its use cases are in `app.state.feedback` while the lifespan lasts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_feedback(infrastructure) as feedback:
            app.state.feedback = feedback
            yield

    endpoints = Endpoints([survey_page.router, http.router])
    return create_web_app(SERVICE, infrastructure.edge, endpoints, lifespan)
