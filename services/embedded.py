"""The four services in one process, on one port, on the embedded log and store."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from services import engagement, events, feedback, notifier
from services.engagement.app import create_app as create_engagement
from services.events.app import create_app as create_events
from services.feedback.app import create_app as create_feedback
from services.notifier.app import create_app as create_notifier
from shared.runtime import Infrastructure, entrypoint
from shared.web.app import Endpoints, Service, create_web_app

SERVICE = Service(
    name="embedded", title="Requite", summary="The four services in one process; see /openapi/."
)


class ByPath:
    """Hands each request to the service whose path it begins with; the rest to `otherwise`."""

    def __init__(self, apps: Mapping[str, ASGIApp], otherwise: ASGIApp) -> None:
        self._apps = apps
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._otherwise if scope["type"] == "lifespan" else self._find(scope["path"])
        await app(scope, receive, send)

    def _find(self, path: str) -> ASGIApp:
        for prefix, app in self._apps.items():
            if path.startswith(prefix) and path[len(prefix) : len(prefix) + 1] in ("", "/", ":"):
                return app
        return self._otherwise


def create_app(infrastructure: Infrastructure) -> ASGIApp:
    """Starts the services from the end of the loop to its beginning, and stops them the other way
    round, so that what comes in is still taken on while the process ends."""
    apps: Sequence[tuple[tuple[str, ...], FastAPI]] = (
        (notifier.PATHS, create_notifier(infrastructure)),
        (feedback.PATHS, create_feedback(infrastructure)),
        (engagement.PATHS, create_engagement(infrastructure)),
        (events.PATHS, create_events(infrastructure)),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for _paths, app in apps:
                await stack.enter_async_context(app.router.lifespan_context(app))
            yield

    by_prefix: dict[str, ASGIApp] = {}
    for paths, app in apps:
        by_prefix |= dict.fromkeys([*paths, str(app.openapi_url)], app)
    return ByPath(by_prefix, create_web_app(SERVICE, infrastructure.edge, Endpoints(), lifespan))


if __name__ == "__main__":
    entrypoint(create_app)
