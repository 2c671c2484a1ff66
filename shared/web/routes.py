"""A route for plain ASGI endpoints, where FastAPI's own way costs too much."""

from starlette.routing import Match, Route
from starlette.types import Scope


class PlainRoute(Route):
    """Leaves itself in the scope as FastAPI's routes do, for `Observation` to name."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, child_scope = super().matches(scope)
        if match is not Match.NONE:
            child_scope["route"] = self
        return match, child_scope
