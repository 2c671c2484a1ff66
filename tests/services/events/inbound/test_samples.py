"""Every sample body of the shelf, signed as its platform signs, through the real app."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.acts import short_name
from shared.named_secrets import NamedSecrets
from tests.services.events.builders import NOW
from tests.services.events.inbound.running import Running, open_running
from tests.services.events.inbound.test_webhooks import make_programme

SHELF = Path(__file__).resolve().parents[5] / "shared" / "data"
SECRET = "s3cret-of-the-shelf"
SOURCES = {
    "shop": "connector: shopify\noptions: {include_test_orders: true}\n",
    "woo": "connector: woocommerce\n",
    "pay": "connector: stripe\noptions: {include_test_orders: true}\n",
    "repo": "connector: github\n",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """A file of the shelf: the `act` that it comes to, as (type, id, subject), or the pointer and
    the `reason` for which it is quarantined; with neither it introduces somebody or is ignored.

    `outcome` is as the metrics count it, `topic` is what the platform's header says.
    """

    file: str
    source: str
    topic: str
    outcome: str = "accepted"
    act: tuple[str, str, str] | None = None
    reason: tuple[str, str] | None = None


def shopify(name: str, outcome: str = "accepted", act: Any = None) -> Sample:
    file = f"webhooks/shopify/{name}.json"
    return Sample(file, "shop", name.replace(".", "/"), outcome, act)


def woo(name: str, topic: str, outcome: str = "accepted", act: Any = None, **more: Any) -> Sample:
    return Sample(f"webhooks/woocommerce/{name}.json", "woo", topic, outcome, act, **more)


def stripe(name: str, outcome: str = "ignored", act: Any = None) -> Sample:
    return Sample(f"webhooks/stripe/{name}.json", "pay", "", outcome, act)


def github(name: str, outcome: str = "ignored", act: Any = None) -> Sample:
    file = f"community/github/{name}.payload.json"
    return Sample(file, "repo", name.partition("__")[0], outcome, act)


BUYER = "shopify-shop-115310627314723954"
CANCELLED = ("cancellation", "cancellation-820982911946154508", BUYER)
SAMPLES = (
    # The sample order is cancelled, whatever its topic: Shopify's button "send a test".
    shopify("orders.create", act=CANCELLED),
    shopify("orders.paid", act=CANCELLED),
    shopify("orders.cancelled", act=CANCELLED),
    shopify("refunds.create", "ignored"),  # without a transaction
    shopify("customers.create"),
    woo("orders.01", "order.created", act=("purchase", "order-727", "c-john")),
    woo("customers.17", "customer.created"),
    woo("coupons.30", "coupon.created", "ignored"),
    woo(
        "order-refunds.07",
        "order.updated",
        "quarantined",
        reason=("/data/body", "Object missing required field `status`"),
    ),
    woo(
        "product-reviews.24",
        "order.updated",
        "quarantined",
        reason=("/data/body", "Object missing required field `currency`"),
    ),
    stripe("charge.refunded"),  # not through Checkout
    stripe("charge.succeeded"),
    stripe(
        "checkout.session.completed.payment_mode",
        "accepted",
        ("purchase", "order-pi_00000000000000", "stripe-pay-cus_00000000000000"),
    ),
    stripe("checkout.session.completed.with_headers"),  # nothing was paid
    github("discussion__answered", "accepted", ("help_received", "help-550561", "c-4595477")),
    github("discussion__created", "accepted", ("user_content", "discussion-3299614", "c-21031067")),
    github(
        "discussion_comment__created", "accepted", ("user_content", "comment-550062", "c-21031067")
    ),
    github("issue_comment__created"),
    github("sponsorship__created"),
    github("star__created"),
)


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    folder = make_programme(tmp_path / "programme", **SOURCES)
    secrets = NamedSecrets(tmp_path / "data" / "webhook-secrets.json")
    for source in SOURCES:
        secrets.add(source, SECRET)
    async with open_running(tmp_path / "data", programme_dir=folder) as opened:
        client = opened.client
        await client.put("/v1/customers/c-john", json={"email": "john.doe@example.com"})
        for account in ("4595477", "21031067"):
            await client.put(f"/v1/customers/c-{account}", json={"name": "Who writes"})
            linked = await client.put(
                f"/v1/aliases/github:repo:{account}", json={"customer": f"c-{account}"}
            )
            assert linked.status_code == 200
        yield opened


def test_none_is_left_out() -> None:
    if not SHELF.exists():
        pytest.skip(f"no sample data at {SHELF}")
    found = [*SHELF.glob("webhooks/*/*.json"), *SHELF.glob("community/github/*.json")]
    assert {str(one.relative_to(SHELF)) for one in found} == {one.file for one in SAMPLES}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.file)
async def test_a_sample_comes_to_what_it_should(running: Running, sample: Sample) -> None:
    file = SHELF / sample.file
    if not file.exists():
        pytest.skip(f"no sample data at {file}")
    told = json.loads(file.read_text("utf-8"))
    body = json.dumps(told["body"] if "headers" in told else told).encode()
    for _ in range(2):
        response = await running.client.post(
            f"/v1/webhooks/{sample.source}", content=body, headers=_headers(sample, body)
        )
        assert response.status_code == 200, response.text
        await running.carried_out()
    metrics = (await running.client.get("/metrics")).text
    counted = f'requite_webhook_deliveries_total{{outcome="{sample.outcome}"'
    assert f'{counted},source="{sample.source}"}} 2.0' in metrics
    kept = (await running.client.get("/v1/events/quarantine")).json()["data"]
    reasons = [(entry["pointer"], entry["reason"]) for entry in kept]
    assert reasons == ([] if sample.reason is None else [sample.reason])
    if sample.act is not None:
        (act, again) = await running.acts(2)
        assert act == again
        assert (short_name(act.type), act.id, act.subject) == sample.act


def _headers(sample: Sample, body: bytes) -> Mapping[str, str]:
    key = SECRET.encode()
    if sample.source == "pay":
        at = str(int(NOW.timestamp()))
        timed = hmac.digest(key, f"{at}.".encode() + body, hashlib.sha256).hex()
        return {"Stripe-Signature": f"t={at},v1={timed}"}
    digest = hmac.digest(key, body, hashlib.sha256)
    text = base64.b64encode(digest).decode()
    match sample.source:
        case "shop":
            return {"X-Shopify-Topic": sample.topic, "X-Shopify-Hmac-Sha256": text}
        case "woo":
            return {"X-WC-Webhook-Topic": sample.topic, "X-WC-Webhook-Signature": text}
    return {"X-GitHub-Event": sample.topic, "X-Hub-Signature-256": f"sha256={digest.hex()}"}
