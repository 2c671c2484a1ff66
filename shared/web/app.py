"""The web app factory: every service's FastAPI app has the same edge."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from copy import deepcopy
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from shared.messaging.metrics import ConsumerCollector
from shared.web.fast_path import FastPath, FastRoute
from shared.web.health import HealthChecks, health_routes
from shared.web.keys import KeyRing
from shared.web.limits import LimitMiddleware, Limits
from shared.web.metrics import Metrics
from shared.web.observation import Observation
from shared.web.openapi import describe_problems
from shared.web.problems import install_problem_handlers
from shared.web.routes import PlainRoute, PlainSegmentRoute

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class Edge:
    """What all web apps of a process share; `app.state.edge` inside a request."""

    keys: KeyRing
    metrics: Metrics = field(default_factory=Metrics)
    health: HealthChecks = field(default_factory=HealthChecks)
    consumers: ConsumerCollector = field(default_factory=ConsumerCollector)

    def __post_init__(self) -> None:
        self.metrics.registry.register(self.consumers)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """What a service answers.

    `fast` are answered before anything else; `described` holds their OpenAPI path items.
    """

    routers: Sequence[APIRouter] = ()
    fast: Sequence[FastRoute] = ()
    described: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Service:
    """How a service presents itself. `name` is a path segment: `/openapi/<name>.json`."""

    name: str
    title: str
    summary: str
    limits: Limits = field(default_factory=Limits)


def create_web_app(
    service: Service, edge: Edge, endpoints: Endpoints, lifespan: Lifespan | None = None
) -> FastAPI:
    """A FastAPI app with problems, keys, limits, health and metrics, and its OpenAPI document.

    It has no documentation pages: FastAPI's load their scripts from a public server.
    Routers are taken in as they are, so their own prefix must hold the whole path.
    """
    app = _App(
        title=service.title,
        summary=service.summary,
        version=version("requite"),
        openapi_url=f"/openapi/{service.name}.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        routes=[*_methods(endpoints.fast), *health_routes(edge.health, edge.metrics)],
        middleware=[
            Middleware(Observation, metrics=edge.metrics),
            Middleware(LimitMiddleware, limits=service.limits),
        ],
    )
    app.described = endpoints.described
    app.fast_path = FastPath(endpoints.fast, edge.metrics, service.limits)
    app.state.edge = edge
    for router in endpoints.routers:
        app.include_router(router)
    install_problem_handlers(app)
    return app


def _methods(fast: Sequence[FastRoute]) -> list[Route]:
    """For the router, which never sees a fast route's requests but answers 405 to other methods."""

    async def unreachable(_: Request) -> Response:
        raise RuntimeError("a fast route is answered before the router")

    routes: list[Route] = []
    for route in fast:
        kind = PlainRoute if route.deep else PlainSegmentRoute
        path = route.path.replace("}", ":path}") if route.deep else route.path
        shadow = kind(path, unreachable, methods=[route.method])
        shadow.methods = {route.method}  # without HEAD, which Starlette adds to GET
        routes.append(shadow)
    return routes


class _App(FastAPI):
    described: Mapping[str, Any]
    fast_path: FastPath

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            route = self.fast_path.find(scope)
            if route is not None:
                await self.fast_path.answer(route, self.state, scope, receive, send)
                return
        await super().__call__(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        if "Problem" not in document.get("components", {}).get("schemas", {}):
            document.setdefault("paths", {}).update(deepcopy(dict(self.described)))
            describe_problems(document)
        return document
