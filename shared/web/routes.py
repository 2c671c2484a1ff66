"""Routes that the web framework has not: plain ones, and those whose ids may hold a slash."""

from urllib.parse import quote, unquote

from fastapi.routing import APIRoute
from starlette.routing import Match, Route
from starlette.types import Scope


class PlainRoute(Route):
    """For plain ASGI endpoints, where FastAPI's own way costs too much; leaves itself in the scope
    as FastAPI's routes do, for `Observation` to name."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, child_scope = super().matches(scope)
        if match is not Match.NONE:
            child_scope["route"] = self
        return match, child_scope


class _AsSent(Route):
    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, child_scope = super().matches({**scope, "path": path_as_sent(scope)})
        if match is not Match.NONE:
            sent = child_scope["path_params"]
            child_scope["path_params"] = {name: unquote(value) for name, value in sent.items()}
        return match, child_scope


class SegmentRoute(_AsSent, APIRoute):
    """A parameter is one segment of the path as it was sent, so a slash in it is written %2F:
    `/v1/things/a%2Fb` is about a/b, and `/v1/things/a%2Fparts` no list of the parts of a.

    `APIRouter(route_class=SegmentRoute)`.
    """


class PlainSegmentRoute(_AsSent, PlainRoute):
    """A PlainRoute that reads paths as a SegmentRoute does."""


def path_as_sent(scope: Scope) -> str:
    """The path of an HTTP request with its percent-encoding (RFC 3986, section 2.1)."""
    raw: bytes | None = scope.get("raw_path")
    return quote(scope["path"], safe="/:") if raw is None else raw.decode("latin-1")
