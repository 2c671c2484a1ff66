"""Garbage that no description leads to: bytes, encodings, sizes and headers, on every endpoint."""

import asyncio
import itertools
import json
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple

import httpx
import msgspec
import pytest

from tests.http_fuzz.conftest import SERVICES, Target
from tests.loop.shop import Shop, act

pytestmark = pytest.mark.slow

SECONDS = 10
AT_ONCE = 16
PAGES = (b"/s/", b"/l/", b"/u/")
PROBLEM = "application/problem+json"
HEX = "0" * 32
JSON = "application/json"
EVENT = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
FORM = "application/x-www-form-urlencoded"

BODIES = [
    *(b"", b" ", b"null", b"0", b'""', b"[]", b"{}", b"[[]]", b"[null]", b"[{}]", b"\x00"),
    *(b"NaN", b"1e999999", b"-", b'{"a":', b"{} {}", b"\xef\xbb\xbf{}", b"\xff\xfe{\x00}\x00"),
    *(b"\x80\x81", b'"\xff"', b'{"id":"\xed\xa0\x80"}', b'{"\\ud800":"\\udfff"}'),
    *(b'{"customer":"\\u0000"}', b'{"customers":["\\u0000"]}', b'{"customers":["\\ud800"]}'),
    *(b'{"fix":"a","fix":"b"}', b'{"name":"a","name":"\\u0007"}', b'{"email":"a@b"}'),
    *(b"9" * 5000, b'{"entries":' + b"9" * 400 + b"}", b"[" * 100_000, b'{"a":' * 50_000),
    *(b"value=\x00&comment=%ff%00%ed%a0%80", b"value=" + b"9" * 5000, b"--x\r\n\r\n--x--"),
    *(b"x" * (5 * 2**20 + 1), b'"' + b"a" * 2**20 + b'"'),
]
TYPES = [
    *(None, JSON, "application/json; charset=utf-16", "text/plain", "application/xml", FORM),
    *(EVENT, BATCH, "application/cloudevents+xml", "application/cloudevents+json; charset=utf-7"),
    *("multipart/form-data", "multipart/form-data; boundary=x", "multipart/form-data; boundary="),
    *("", ";", "a/b/c", "*/*", "application/json;;;;", "application/" + "j" * 4000),
]
SEGMENTS = [
    *(
        "%00",
        "%ff",
        "%ed%a0%80",
        "%0a",
        "%2e%2e%2f",
        "..%2f..%2fetc",
        "a" * 3000,
        "%25",
        "%",
        "%zz",
    ),
    *("%F0%9F%92%A9", "a%20", "a%40b.example", ":", ":close", HEX, f"{HEX}:close", f"{HEX}%00"),
]
QUERIES = [
    *("limit=99999999999999999999999", "limit=NaN", "limit=-1", "limit=1&limit=x", "limit="),
    *("limit=%D9%A1", "entries=%00", "entries=1e3", f"cursor=999999999999999-{HEX}"),
    *("cursor=%00", "cursor=0-", f"cursor=-{HEX}", "customer=%00", "customer=%ff", "customer="),
    *("customer=%ed%a0%80", "customer=" + "a" * 3000, "act_id=%00", "act_source=%0d%0aX:y"),
    *("survey=%00", "state=%00", "verdict=thanked%00", "%", "=&=&==", "&" * 2000, "a[b][c]=%5B"),
]
HEADERS: list[dict[str, bytes]] = [
    {"Authorization": b"Bearer \xff\xfe"},
    {"Authorization": b"Bearer " + b"x" * 8000},
    {"Authorization": b"Basic Og=="},
    {"Authorization": b""},
    {"Accept": b"\x80", "Accept-Language": b"\xff;q=nan," + b"a," * 2000},
    {"traceparent": b"00-" + b"0" * 32, "X-Request-Id": b"\xff" * 100},
    {"Cookie": b"=;=\xff", "Range": b"bytes=0-", "If-Match": b"*", "Expect": b"none"},
    {"Content-Encoding": b"gzip"},
]


class Operation(NamedTuple):
    """One endpoint; `path` has `{…}` for what it is about."""

    method: str
    path: str

    def at(self, segment: str) -> str:
        """Its path with `segment` in the place of each parameter."""
        parts = [segment if "{" in part else part for part in self._parts()]
        return "".join(parts)

    def _parts(self) -> Iterator[str]:
        for piece in self.path.split("{"):
            name, closing, rest = piece.partition("}")
            yield from (["{" + name, rest] if closing else [piece])


class Request(NamedTuple):
    """What is sent."""

    method: str
    path: str
    headers: dict[str, Any]
    body: bytes = b""


@pytest.fixture
async def client(target: Target) -> AsyncIterator[httpx.AsyncClient]:
    limits = httpx.Limits(max_connections=AT_ONCE)
    async with httpx.AsyncClient(
        base_url=target.url, headers=target.headers, timeout=SECONDS, limits=limits
    ) as client:
        yield client


@pytest.fixture
async def operations(client: httpx.AsyncClient) -> Sequence[Operation]:
    found: list[Operation] = []
    for service in SERVICES:
        document = (await client.get(f"/openapi/{service}.json")).json()
        for path, item in document["paths"].items():
            found += [Operation(method.upper(), path) for method in item]
    assert len(found) > 20
    return found


async def test_bodies_and_their_types(
    target: Target, client: httpx.AsyncClient, operations: Sequence[Operation]
) -> None:
    random_bytes = [random.Random(seed).randbytes(seed * 100) for seed in range(1, 6)]
    taking = [one for one in operations if one.method in ("POST", "PUT")]
    await _all_are_answered(
        client,
        (
            Request(one.method, one.at(HEX), {} if kind is None else {"Content-Type": kind}, body)
            for one, kind, body in itertools.product(taking, TYPES, [*BODIES, *random_bytes])
            if len(body) < 10_000 or kind in (JSON, EVENT, BATCH, FORM)
        ),
    )
    target.still_runs()


async def test_paths_and_queries(
    target: Target, client: httpx.AsyncClient, operations: Sequence[Operation]
) -> None:
    await _all_are_answered(
        client,
        (Request(o.method, o.at(segment), {}) for o in operations for segment in SEGMENTS),
    )
    await _all_are_answered(
        client,
        (Request(o.method, f"{o.at(HEX)}?{query}", {}) for o in operations for query in QUERIES),
    )
    target.still_runs()


async def test_headers_and_methods(
    target: Target, client: httpx.AsyncClient, operations: Sequence[Operation]
) -> None:
    await _all_are_answered(
        client, (Request(o.method, o.at(HEX), h) for o in operations for h in HEADERS)
    )
    methods = ("PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "PUT", "POST")
    await _all_are_answered(
        client,
        (Request(m, o.at(HEX), {}) for o in operations for m in methods if m != o.method),
    )
    target.still_runs()


@pytest.mark.parametrize(
    "attribute",
    [
        *({"id": "\x00"}, {"id": "\ud800"}, {"id": 1}, {"id": "a" * 70_000}, {"source": "\n"}),
        *({"subject": "\x00"}, {"subject": "\u202e"}, {"subject": "a@b.example"}),
        *({"subject": ["c"]}, {"time": "9999-12-31T23:59:60Z"}, {"time": "0000-01-01T00:00:00Z"}),
        *({"time": 1}, {"data": None}, {"data": []}, {"data": {"topic": "\x00"}}, {"data": 1e308}),
        *({"data": {"topic": "\ud800"}}, {"data_base64": "!"}, {"type": "io.requite.act..v1"}),
        *({"traceparent": "\x7f"}, {"Upper": "x"}, {"a" * 21: "x"}, {"extension": 2**31}),
        *({"extension": 1.5}, {"extension": {}}, {"datacontenttype": "text/plain"}),
    ],
    ids=lambda attribute: repr(attribute)[:40],
)
async def test_events_are_taken_or_quarantined(
    client: httpx.AsyncClient, attribute: dict[str, Any]
) -> None:
    event = act("help", "c-fuzz", datetime(2026, 1, 1, tzinfo=UTC), topic="x") | attribute
    # Surrogates are written as escapes, which is how they come over the wire.
    body = _escaped(event)
    for kind, content in ((EVENT, body), (BATCH, b"[" + body + b"]")):
        response = await client.post("/v1/events", content=content, headers={"Content-Type": kind})
        assert response.status_code in (202, 400, 422), response.text
        _is_in_order(response)
        for entry in response.json().get("rejected", []):
            kept = await client.get(f"/v1/events/quarantine/{entry['quarantine_id']}")
            assert kept.status_code == 200
            replayed = await client.post(f"/v1/events/quarantine/{entry['quarantine_id']}:replay")
            assert replayed.json()["accepted"] is False


@pytest.mark.parametrize(
    "amount", ["1e400", "-1", "0.00001", "NaN", "1" * 400, "1e-400", "Infinity"]
)
async def test_amounts_are_refused_or_exact(client: httpx.AsyncClient, amount: str) -> None:
    data = {"order_id": "1", "currency": "EUR", "total": "TOTAL"}
    bought = _escaped(act("purchase", "c-fuzz", datetime(2026, 1, 1, tzinfo=UTC), **data))
    for total in (f'"{amount}"', amount):
        body = bought.replace(b'"TOTAL"', total.encode())
        response = await client.post("/v1/events", content=body, headers={"Content-Type": EVENT})
        assert response.status_code == 422, response.text
        _is_in_order(response)


async def test_what_was_taken_hurts_nobody_behind(
    target: Target, client: httpx.AsyncClient
) -> None:
    """Consumers got everything that was let in above; they are still at work."""
    marker = act("help", "c-marker", datetime.now(UTC))
    shop = Shop(client)
    await shop.tell(marker)
    await shop.decision_on(marker["id"], "held")
    assert (await client.get("/readyz")).status_code == 200
    target.still_runs()


RAW = {
    "no request": b"\x00\x01\x02\r\n\r\n",
    "no version": b"GET /v1/scores/c\r\n\r\n",
    "a path with a null byte": b"GET /v1/scores/\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a path beyond ASCII": b"GET /v1/scores/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    "an overlong path": b"GET /v1/scores/" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "a head without end": b"GET /livez HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 2_000_000,
    "an overlong header": b"GET /livez HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
    "many headers": b"GET /livez HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 20_000 + b"\r\n",
    "two lengths": b"POST /v1/events HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a length below zero": b"POST /v1/events HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    "a huge length": b"POST /v1/events HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
    "a length and chunks": b"POST /v1/events HTTP/1.1\r\nContent-Length: 5\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a chunk that is none": b"POST /v1/events HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a header with a null byte": b"GET /livez HTTP/1.1\r\nHost: x\r\nX: \x00\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
}


@pytest.mark.parametrize("name", RAW)
async def test_no_http_at_all(target: Target, client: httpx.AsyncClient, name: str) -> None:
    answer = await _exchange(target, RAW[name])
    if answer:
        head, _, body = answer.partition(b"\r\n\r\n")
        status = int(head.split()[1])
        assert status < 500
        if status >= 400:
            assert f"content-type: {PROBLEM}".encode() in head
            assert msgspec.json.decode(body)["status"] == status
    assert (await client.get("/livez")).status_code == 200
    target.still_runs()


@pytest.mark.parametrize("path", ["/v1/events", "/v1/scores:batchGet", f"/s/{HEX}"])
async def test_chunks_beyond_the_limit(
    target: Target, client: httpx.AsyncClient, path: str
) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield b"[" * 2**16

    try:
        response = await client.post(path, content=endless(), headers={"Content-Type": JSON})
    except (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
        pass  # The server answered and hung up while we were still sending.
    else:
        assert response.status_code in (404, 413, 415)
        _is_in_order(response)
    target.still_runs()


async def _all_are_answered(client: httpx.AsyncClient, requests: Iterator[Request]) -> None:
    async with asyncio.TaskGroup() as senders:
        for _ in range(AT_ONCE):
            senders.create_task(_send_each(client, requests))


async def _send_each(client: httpx.AsyncClient, requests: Iterator[Request]) -> None:
    for one in requests:
        response = await client.request(one.method, one.path, headers=one.headers, content=one.body)
        _is_in_order(response, f"{one.method} {one.path[:200]} {one.headers} {one.body[:100]!r}")


def _is_in_order(response: httpx.Response, what: str = "") -> None:
    assert response.status_code < 500, what
    if response.status_code < 400 or response.request.method == "HEAD":
        return
    if response.headers["content-type"].startswith("text/html"):
        assert response.request.url.raw_path.startswith(PAGES), what
        return
    assert response.headers["content-type"] == PROBLEM, what
    problem = msgspec.json.decode(response.content)
    assert problem["status"] == response.status_code, what


async def _exchange(target: Target, request: bytes) -> bytes:
    """The answer until the server hangs up; empty if it did so without one."""
    async with asyncio.timeout(SECONDS), _connected(target) as (reader, writer):
        writer.write(request)
        try:
            await writer.drain()
            writer.write_eof()
            return await reader.read()
        except OSError:
            return b""


@asynccontextmanager
async def _connected(
    target: Target,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", target.process.port)
    try:
        yield reader, writer
    finally:
        writer.close()


def _escaped(event: dict[str, Any]) -> bytes:
    return json.dumps(event).encode()
