"""308 for what is asked about a customer who was merged into another: the survivor answers."""

from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse

MOVED: dict[int | str, dict[str, Any]] = {
    308: {
        "description": "The customer was merged into another, who answers there",
        "headers": {"Location": {"schema": {"type": "string", "format": "uri-reference"}}},
    }
}
"""The `responses=` of a route that may answer so."""


def moved(path: str) -> RedirectResponse:
    """Never to be remembered, since a merge can be undone."""
    return RedirectResponse(path, 308, {"Cache-Control": "no-store"})


def moved_query(request: Request, customer: str) -> RedirectResponse:
    """The same question with another `customer` in its query."""
    url = request.url.include_query_params(customer=customer)
    return moved(f"{url.path}?{url.query}")
