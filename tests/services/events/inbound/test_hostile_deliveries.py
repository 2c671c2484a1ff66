"""Signed, and yet not what a platform would send: answered, kept with the reason, nothing fails."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from shared.named_secrets import NamedSecrets
from tests.services.events.builders import NOW
from tests.services.events.connectors.shopify_shop import make_order
from tests.services.events.inbound.running import Running, open_running
from tests.services.events.inbound.test_webhooks import make_programme

SECRET = "c2VjcmV0LW9mLXRoZS1zaGVsZg=="
CONNECTORS = (
    "shopify", "woocommerce", "stripe", "discourse", "github", "typeform", "standard-webhooks",
)  # fmt: skip
MOST_BYTES = 2**20
DEEP = 100_000
BODIES = {
    "nothing": b"",
    "null": b"null",
    "deep arrays": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "deep inside": b'{"id":1,"x":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "never closed": b"[" * MOST_BYTES,
    "a long number": b'{"id":' + b"9" * (MOST_BYTES - 10) + b"}",
    "a large exponent": b'{"id":1,"total":1e999999999,"total_price":1e999999999}',
    "utf-16": '{"id":1}'.encode("utf-16"),
    "utf-8 with a mark": b"\xef\xbb\xbf" + b'{"id":1}',
    "latin-1": '{"id":1,"name":"Ren\xe9"}'.encode("latin-1"),
    "half a character": b'{"id":1,"note":"\\ud800"}',
    "nul": b'{"id":1,"note":"\\u0000"}\x00',
    "twice": b'{"id":1}{"id":2}',
    "nan": b'{"id":NaN}',
}


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    sources = {name: f"connector: {name}\n" for name in CONNECTORS}
    secrets = NamedSecrets(tmp_path / "data" / "webhook-secrets.json")
    for name in CONNECTORS:
        secrets.add(name, SECRET)
    folder = make_programme(tmp_path / "programme", **sources)
    async with open_running(tmp_path / "data", programme_dir=folder) as opened:
        yield opened


@pytest.mark.parametrize("name", CONNECTORS)
async def test_what_no_platform_sends_is_kept_or_ignored(running: Running, name: str) -> None:
    for what, body in BODIES.items():
        assert len(body) <= MOST_BYTES
        response = await running.client.post(
            f"/v1/webhooks/{name}", content=body, headers=_headers(name, body)
        )
        assert response.status_code == 200, what
    await running.carried_out()
    kinds = ("quarantined", "ignored")
    assert sum([await _counted(running, name, kind) for kind in kinds]) == len(BODIES)
    kept = (await running.client.get("/v1/events/quarantine")).json()["data"]
    assert all(entry["reason"] for entry in kept)


@pytest.mark.parametrize(
    "members",
    [
        {"note_attributes": [{"name": "referral_code", "value": "\x00" * 300}]},
        {"currency": "EUR\x00"},
        {"cancelled_at": "0000-00-00T00:00:00Z"},
        {"processed_at": "9999-12-31T23:59:59-23:59"},
        {"total_price": "١٢٣", "current_total_price": None},
        {"total_price": "1_000", "current_total_price": None},
        {"line_items": [{"product_id": 1, "name": "x" * 900_000}]},
        {"line_items": [{"product_id": n} for n in range(5000)]},
        {"customer": {"id": -1, "email": "a@b\x00"}},
        {"id": 0, "admin_graphql_api_id": "gid://shopify/Order/" + "9" * 5000},
    ],
)
async def test_an_order_with_something_odd_in_it_stops_nobody(
    running: Running, members: dict[str, Any]
) -> None:
    good = make_order(id=5, admin_graphql_api_id=None)
    for order in (good, make_order(**members)):
        body = json.dumps(order).encode()
        headers = _headers("shopify", body)
        response = await running.client.post("/v1/webhooks/shopify", content=body, headers=headers)
        assert response.status_code == 200
    await running.carried_out()
    assert "order-5" in {act.id for act in await running.acts(1)}
    kinds = ("accepted", "quarantined", "ignored")
    assert sum([await _counted(running, "shopify", kind) for kind in kinds]) == 2


async def test_a_header_that_comes_twice_signs_nothing_more(running: Running) -> None:
    body = json.dumps(make_order()).encode()
    good = _headers("shopify", body)["x-shopify-hmac-sha256"]
    for signatures in ([good, "bad"], ["bad", good], [good, good]):
        headers = [("x-shopify-topic", "orders/paid")]
        headers += [("x-shopify-hmac-sha256", one) for one in signatures]
        response = await running.client.post("/v1/webhooks/shopify", content=body, headers=headers)
        assert response.status_code in (200, 401)
        assert (response.status_code == 200) == (signatures[-1] == good)


async def _counted(running: Running, source: str, outcome: str) -> int:
    text = (await running.client.get("/metrics")).text
    counter = f'requite_webhook_deliveries_total{{outcome="{outcome}",source="{source}"}} '
    found = [line for line in text.splitlines() if line.startswith(counter)]
    return sum(int(float(line.removeprefix(counter))) for line in found)


def _headers(name: str, body: bytes) -> dict[str, str]:
    key, at = SECRET.encode(), str(int(NOW.timestamp()))
    digest = hmac.digest(key, body, hashlib.sha256)
    text = base64.b64encode(digest).decode()
    match name:
        case "shopify":
            return {"x-shopify-topic": "orders/paid", "x-shopify-hmac-sha256": text}
        case "woocommerce":
            return {"x-wc-webhook-topic": "order.updated", "x-wc-webhook-signature": text}
        case "stripe":
            timed = hmac.digest(key, f"{at}.".encode() + body, hashlib.sha256).hex()
            return {"stripe-signature": f"t={at},v1={timed}"}
        case "discourse":
            signed = f"sha256={digest.hex()}"
            return {"x-discourse-event": "post_created", "x-discourse-event-signature": signed}
        case "github":
            return {"x-github-event": "discussion", "x-hub-signature-256": f"sha256={digest.hex()}"}
        case "typeform":
            return {"typeform-signature": f"sha256={text}"}
    signed_bytes = f"msg_1.{at}.".encode() + body
    v1 = base64.b64encode(hmac.digest(base64.b64decode(SECRET), signed_bytes, hashlib.sha256))
    stamps = {"webhook-id": "msg_1", "webhook-timestamp": at}
    return {**stamps, "webhook-signature": f"v1,{v1.decode()}"}
