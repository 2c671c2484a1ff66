"""Ids, metrics and headers that every request gets."""

from pathlib import Path

import pytest
import structlog
from prometheus_client import CollectorRegistry
from structlog.contextvars import get_contextvars
from structlog.testing import capture_logs

from shared.web.observation import trace_id
from tests.asgi import open_client
from tests.shared.web.demo import create_demo

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


def count(registry: CollectorRegistry, method: str, route: str, status: int) -> float | None:
    labels = {"method": method, "route": route, "status": str(status)}
    return registry.get_sample_value("http_server_request_duration_seconds_count", labels)


async def test_request_id_is_kept_if_sane_else_made(tmp_path: Path) -> None:
    async with open_client(create_demo(tmp_path)) as client:

        async def echoed(request_id: str) -> str:
            response = await client.get("/livez", headers={"X-Request-Id": request_id})
            return str(response.headers["x-request-id"])

        assert await echoed("abc-1.2:3_4") == "abc-1.2:3_4"
        made = [await echoed(bad) for bad in ("", "a b", "ann@example.org", "x" * 65)]
    assert all(len(request_id) == 32 for request_id in made)
    assert len(set(made)) == len(made)


async def test_failure_is_logged_with_its_ids(tmp_path: Path) -> None:
    headers = {"X-Request-Id": "r1", "traceparent": PARENT}
    processors = [structlog.contextvars.merge_contextvars]
    async with open_client(create_demo(tmp_path)) as client:
        with capture_logs(processors=processors) as logs:
            response = await client.get("/v1/raises/unforeseen", headers=headers)
    assert response.status_code == 500
    assert response.headers["x-request-id"] == "r1"
    assert [{k: v for k, v in line.items() if k != "exc_info"} for line in logs] == [
        {
            "event": "request_failed",
            "log_level": "error",
            "method": "GET",
            "route": "/v1/raises/{error}",
            "request_id": "r1",
            "trace_id": TRACE,
        }
    ]
    assert get_contextvars() == {}


async def test_requests_are_counted_by_template(tmp_path: Path) -> None:
    app = create_demo(tmp_path)
    key = app.state.edge.keys.create("test", ["admin"])
    async with open_client(app, key) as client:
        for path in ("/v1/things/ann", "/v1/things/ben", "/v1/unknown/ann", "/livez"):
            await client.get(path)
        await client.post("/v1/echo")
        await client.request("BREW", "/v1/echo")
        text = (await client.get("/metrics")).text
    registry = app.state.edge.metrics.registry
    assert count(registry, "GET", "/v1/things/{thing}", 200) == 2
    assert count(registry, "GET", "unmatched", 404) == 1
    assert count(registry, "GET", "/livez", 200) == 1
    assert count(registry, "POST", "/v1/echo", 200) == 1
    assert count(registry, "_OTHER", "/v1/echo", 405) == 1
    assert "ann" not in text


async def test_security_headers(tmp_path: Path) -> None:
    async with open_client(create_demo(tmp_path)) as client:
        plain = (await client.get("/v1/nothing")).headers
        page = (await client.get("/v1/page")).headers
    assert plain["x-content-type-options"] == page["x-content-type-options"] == "nosniff"
    assert plain["referrer-policy"] == "no-referrer"
    assert plain["cache-control"] == "no-store"
    assert plain["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert page.get_list("content-security-policy") == ["default-src 'self'"]


@pytest.mark.parametrize(
    ("header", "trace"),
    [
        (PARENT, TRACE),
        (PARENT.replace("00-", "cc-", 1) + "-what-comes", TRACE),
        (PARENT + "-x", None),
        (PARENT.replace("00-", "ff-", 1), None),
        (PARENT.upper(), None),
        (f"00-{'0' * 32}-00f067aa0ba902b7-01", None),
        (f"00-{TRACE}-{'0' * 16}-01", None),
        ("", None),
    ],
)
def test_traceparent(header: str, trace: str | None) -> None:
    assert trace_id(header.encode()) == trace
