"""A small service with one of each kind of endpoint, for the tests of the web edge."""

import asyncio
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, FastAPI, Query
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from shared.errors import Conflict, Invalid, Unavailable
from shared.web.app import Edge, Endpoints, Service, create_web_app
from shared.web.fast_path import Call, FastRoute, Reply
from shared.web.keys import KeyRing, authorise, require
from shared.web.limits import Limits
from shared.web.openapi import problems


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"]


class Thing(BaseModel):
    size: int = Field(ge=1)
    pet: Annotated[Cat | Dog, Field(discriminator="kind")] | None = None


router = APIRouter(prefix="/v1")


@router.get("/things/{thing}", dependencies=[require("scores:read")])
async def read_thing(thing: str, limit: Annotated[int, Query(ge=1, le=10)] = 1) -> dict[str, int]:
    return {thing: limit}


@router.put("/things/{thing}", responses=problems(409))
async def write_thing(thing: str, body: Thing) -> Thing:
    return body


@router.get("/raises/{error}", include_in_schema=False)
async def raises(error: str) -> None:
    errors: dict[str, Exception] = {
        "invalid": Invalid("must be positive", "/data/a b"),
        "conflict": Conflict("The state has moved on"),
        "unavailable": Unavailable("mongodb://secret-host is away"),
        "teapot": HTTPException(418, "Short and stout"),
        "unforeseen": RuntimeError("ann@example.org is a duplicate"),
    }
    raise errors[error]


@router.get("/page", include_in_schema=False)
async def page() -> Response:
    return HTMLResponse("<p>Hello", headers={"Content-Security-Policy": "default-src 'self'"})


@router.get("/slow", include_in_schema=False)
async def slow() -> None:
    await asyncio.Event().wait()


async def echo(call: Call) -> Reply:
    """A fast route, as the ingest endpoint is."""
    authorise(call.state.edge.keys, call.headers, "events:write")
    return Reply(200, b"text/plain", call.body)


DESCRIBED = {
    "/v1/echo": {
        "post": {
            "security": [{"apiKey": ["events:write"]}],
            "requestBody": {"content": {"text/plain": {}}},
            "responses": {"200": {"description": "The same again"}},
        }
    }
}


def create_demo(folder: Path, limits: Limits | None = None, name: str = "demo") -> FastAPI:
    edge = Edge(KeyRing(folder / "api-keys.json"))
    fast = [FastRoute("POST", "/v1/echo", echo)]
    service = Service(name, "Demo", "For tests", limits or Limits())
    return create_web_app(service, edge, Endpoints([router], fast, DESCRIBED))
