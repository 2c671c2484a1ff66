"""Fast routes keep what the framework's layers promise."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from starlette.responses import Response

from shared.errors import Conflict, Unavailable
from shared.web.app import Edge, Endpoints, Service, create_web_app
from shared.web.fast_path import Call, FastRoute, Reply
from shared.web.keys import KeyRing
from shared.web.limits import Limits


async def _thing(call: Call) -> Reply | Response:
    if call.rest == "away":
        raise Unavailable("mongodb://secret-host")
    if call.rest == "moved":
        raise Conflict("moved on")
    if call.rest == "broken":
        raise RuntimeError("ana@example.com")
    return Reply(200, b"text/plain", f"{call.rest}?{call.query.decode()}".encode())


async def _echo(call: Call) -> Reply:
    return Reply(200, b"text/plain", call.body)


def make_app(folder: Path) -> FastAPI:
    endpoints = Endpoints(
        fast=[
            FastRoute("GET", "/v1/things/{thing}", _thing),
            FastRoute("POST", "/v1/things", _echo),
            FastRoute("PUT", "/v1/flat/{thing}", _thing, deep=False),
        ]
    )
    service = Service("demo", "Demo", "For tests", Limits(body_bytes=10, seconds=0.2))
    return create_web_app(service, Edge(KeyRing(folder / "keys.json")), endpoints)


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(make_app(tmp_path), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://demo") as opened:
        yield opened


async def test_the_parameter_is_what_follows_with_slashes_and_all(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.get("/v1/things/a/b%20c?x=1")).text == "a/b c?x=1"


async def test_a_flat_route_leaves_paths_below_it_to_others(client: httpx.AsyncClient) -> None:
    assert (await client.put("/v1/flat/a?x=1")).text == "a?x=1"
    assert (await client.put("/v1/flat/a/b")).status_code == 404
    assert (await client.put("/v1/flat/a%2Fb")).text == "a/b?"
    assert (await client.put("/v1/flat/%252F")).text == "%2F?"
    assert (await client.post("/v1/flat/a")).headers["allow"] == "PUT"
    assert (await client.post("/v1/flat/a%2Fb")).headers["allow"] == "PUT"


async def test_what_is_no_fast_route_goes_the_ordinary_way(client: httpx.AsyncClient) -> None:
    wrong_method = await client.delete("/v1/things/a")
    assert (wrong_method.status_code, wrong_method.headers["allow"]) == (405, "GET")
    assert (await client.head("/v1/things/a")).status_code == 405
    assert (await client.get("/v1/things")).headers["allow"] == "POST"
    assert (await client.get("/v1/thing")).status_code == 404
    assert (await client.get("/v1/things/")).text == "?"


@pytest.mark.parametrize(("thing", "status"), [("away", 503), ("moved", 409), ("broken", 500)])
async def test_errors_are_problems_without_secrets(
    client: httpx.AsyncClient, thing: str, status: int
) -> None:
    response = await client.get(f"/v1/things/{thing}")
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert "secret-host" not in response.text
    assert "ana@" not in response.text
    assert ("retry-after" in response.headers) == (status == 503)


async def test_a_body_over_the_limit_is_refused_declared_or_not(
    client: httpx.AsyncClient,
) -> None:
    async def streamed() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"12345"

    assert (await client.post("/v1/things", content=b"1" * 11)).status_code == 413
    assert (await client.post("/v1/things", content=streamed())).status_code == 413
    assert (await client.post("/v1/things", content=b"1" * 10)).text == "1" * 10


async def test_a_body_that_does_not_come_is_given_up(client: httpx.AsyncClient) -> None:
    never = asyncio.Event()

    async def stuck() -> AsyncIterator[bytes]:
        yield b"1"
        await never.wait()

    response = await client.post("/v1/things", content=stuck())
    assert response.status_code == 408


async def test_metrics_name_the_template(client: httpx.AsyncClient) -> None:
    await client.get("/v1/things/secret-name")
    text = (await client.get("/metrics")).text
    assert 'route="/v1/things/{thing}",status="200"' in text
    assert "secret-name" not in text
