"""Every error leaves as a problem, and none repeats what was sent."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.web.problems import fragment, pointer_to, problem_response, title_of
from tests.asgi import open_client
from tests.shared.web.demo import create_demo

SECRET = "ann@example.org"


def problem_of(response: httpx.Response) -> dict[str, Any]:
    """The body of a problem response, which must agree with its status."""
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert problem["status"] == response.status_code
    assert problem["type"] == "about:blank"
    assert problem["title"] == title_of(response.status_code)
    return problem


@pytest.mark.parametrize(
    ("error", "status", "detail"),
    [
        ("invalid", 422, "The input breaks a rule"),
        ("conflict", 409, "The state has moved on"),
        ("unavailable", 503, "A server that this needs is away; try again"),
        ("teapot", 418, "Short and stout"),
        ("unforeseen", 500, None),
    ],
)
async def test_raised_errors_become_problems(
    tmp_path: Path, error: str, status: int, detail: str | None
) -> None:
    async with open_client(create_demo(tmp_path)) as client:
        response = await client.get(f"/v1/raises/{error}")
    assert response.status_code == status
    assert problem_of(response).get("detail") == detail
    assert "secret-host" not in response.text
    assert SECRET not in response.text


async def test_invalid_says_where(tmp_path: Path) -> None:
    async with open_client(create_demo(tmp_path)) as client:
        problem = problem_of(await client.get("/v1/raises/invalid"))
    assert problem["errors"] == [{"detail": "must be positive", "pointer": "#/data/a%20b"}]


async def test_unavailable_says_when_to_try_again(tmp_path: Path) -> None:
    async with open_client(create_demo(tmp_path)) as client:
        response = await client.get("/v1/raises/unavailable")
    assert int(response.headers["retry-after"]) > 0


async def test_unknown_route_and_method(tmp_path: Path) -> None:
    async with open_client(create_demo(tmp_path)) as client:
        unknown = await client.get("/v1/nothing")
        wrong = await client.delete("/v1/things/a")
        plain = await client.get("/v1/echo")
        slashed = await client.get("/v1/page/")
    assert unknown.status_code == 404
    assert "detail" not in problem_of(unknown)
    assert wrong.status_code == 405
    assert problem_of(wrong)
    assert wrong.headers["allow"] == "GET, PUT"
    assert plain.headers["allow"] == "POST"
    assert slashed.status_code == 404


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        (
            {"size": 0, "pet": None},
            [
                {
                    "detail": "Input should be greater than or equal to 1",
                    "pointer": "#/size",
                }
            ],
        ),
        (
            {"size": 1, "pet": {"kind": SECRET}},
            [{"detail": "The tag is none of the expected ones", "pointer": "#/pet"}],
        ),
        ([SECRET], None),
        ({"size": SECRET}, None),
        ({"size": 1, "pet": {"kind": "cat", "lives": None}}, None),
    ],
)
async def test_body_that_breaks_its_description(
    tmp_path: Path, body: object, errors: object
) -> None:
    async with open_client(create_demo(tmp_path)) as client:
        response = await client.put("/v1/things/a", json=body)
    assert response.status_code == 422
    problem = problem_of(response)
    assert all(error["pointer"].startswith("#") for error in problem["errors"])
    assert SECRET not in response.text
    if errors is not None:
        assert problem["errors"] == errors


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [
        (b'{"size": ', "application/json", 422),
        (b"\xff\xfe\xfd", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"size": 1}', "text/plain", 415),
        (b'{"size": 1}', "application/vnd.x+json", 200),
        (b"", "application/json", 422),
    ],
)
async def test_body_that_is_not_json(
    tmp_path: Path, content: bytes, media_type: str, status: int
) -> None:
    async with open_client(create_demo(tmp_path)) as client:
        response = await client.put(
            "/v1/things/a", content=content, headers={"Content-Type": media_type}
        )
    assert response.status_code == status
    assert status == 200 or problem_of(response)


async def test_bad_parameter_is_named(tmp_path: Path) -> None:
    app = create_demo(tmp_path)
    key = app.state.edge.keys.create("test", ["scores:read"])
    async with open_client(app, key) as client:
        response = await client.get("/v1/things/a", params={"limit": 11})
    assert problem_of(response)["errors"] == [
        {
            "detail": "Input should be less than or equal to 10",
            "parameter": "limit",
            "in": "query",
        }
    ]


def test_extensions_stand_at_the_top_level() -> None:
    response = problem_response(429, "Slower", headers={"Retry-After": "1"}, limit=5)
    assert response.headers["retry-after"] == "1"
    assert response.body == (
        b'{"type":"about:blank","title":"Too Many Requests","status":429,'
        b'"detail":"Slower","limit":5}'
    )


@given(st.lists(st.text() | st.integers(0)))
def test_pointer_leads_back_to_its_steps(steps: list[str | int]) -> None:
    pointer = pointer_to(steps)
    back = [s.replace("~1", "/").replace("~0", "~") for s in pointer.split("/")[1:]]
    assert back == [str(step) for step in steps]


def test_fragment_of_the_examples_of_rfc_6901() -> None:
    pointers = ["", "/foo/0", "/a~1b", "/c%d", "/e^f", '/k"l', "/ ", "/m~0n"]
    fragments = ["#", "#/foo/0", "#/a~1b", "#/c%25d", "#/e%5Ef", "#/k%22l", "#/%20", "#/m~0n"]
    assert [fragment(p) for p in pointers] == fragments
