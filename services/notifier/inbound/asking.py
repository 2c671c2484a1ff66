"""What the routes of the notifier share: ids, pages, and for whom a customer stands."""

from collections.abc import Collection, Mapping
from typing import Annotated, Any

import msgspec
from fastapi import Query, Request
from pydantic import AfterValidator, Field

from services.notifier.ports.decisions import Position
from services.notifier.ports.stores import Stores
from shared.clock import Clock
from shared.web import cursors

_PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f]+$"

Id = Annotated[str, Field(min_length=1, max_length=200, pattern=_PRINTABLE)]
Source = Annotated[str, Field(min_length=1, max_length=2000, pattern=_PRINTABLE)]


def _can_be_kept(data: dict[str, Any]) -> dict[str, Any]:
    try:
        msgspec.json.encode(data)
    except (UnicodeEncodeError, RecursionError):
        raise ValueError("holds half a character, or is nested too deep") from None
    return data


Data = Annotated[dict[str, Any], AfterValidator(_can_be_kept)]
"""The payload of an act."""
Limit = Annotated[int, Query(ge=1, le=200)]


def stores(request: Request) -> Stores:
    """The stores of the notifier."""
    found: Stores = request.app.state.notifier.stores
    return found


def clock(request: Request) -> Clock:
    """The clock of the notifier."""
    found: Clock = request.app.state.notifier.clock
    return found


async def survivors(request: Request, customers: Collection[str]) -> Mapping[str, str]:
    """For whom each customer stands now; nobody for "", which stands for all who were erased."""
    named = [customer for customer in customers if customer]
    return await stores(request).customers.survivors(named)


async def survivor(request: Request, customer: str) -> str:
    """For whom the customer stands now."""
    return (await survivors(request, [customer]))[customer]


def position(cursor: str | None) -> Position | None:
    """Where the page before ended. Raises Invalid."""
    place = cursors.decode(cursor)
    return place and Position(place.time, place.id)
