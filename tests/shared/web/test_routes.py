"""A parameter of a segment route is one segment of the path as it was sent."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from shared.web.routes import SegmentRoute, path_as_sent

router = APIRouter(route_class=SegmentRoute)


@router.get("/v1/things/{thing}")
async def _thing(thing: str) -> str:
    return thing


@router.get("/v1/things/{thing}/parts")
async def _parts(thing: str) -> str:
    return f"parts of {thing}"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(router)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://demo") as opened:
        yield opened


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("a", "a"),
        ("a%2Fb", "a/b"),
        ("%C3%A9%20%252F", "é %2F"),
        ("a/parts", "parts of a"),
        ("a%2Fparts", "a/parts"),
        ("a%2Fparts/parts", "parts of a/parts"),
    ],
)
async def test_a_slash_in_an_id_is_told_from_one_between(
    client: httpx.AsyncClient, path: str, answer: str
) -> None:
    assert (await client.get(f"/v1/things/{path}")).json() == answer


async def test_other_paths_and_methods(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/things/a/b")).status_code == 404
    assert (await client.get("/v1%2Fthings/a")).status_code == 404
    refused = await client.post("/v1/things/a%2Fb")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET")


def test_a_server_that_keeps_no_raw_path() -> None:
    assert path_as_sent({"path": "/v1/things/a b"}) == "/v1/things/a%20b"
    assert path_as_sent({"path": "/x", "raw_path": b"/x%2F"}) == "/x%2F"
