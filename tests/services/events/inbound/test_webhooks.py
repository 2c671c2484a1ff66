"""POST /v1/webhooks/{source}: proved, carried out, kept where it can't be read, replayed."""

import json
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.events.domain.pseudonyms import Pseudonyms
from services.events.use_cases.inbox import EmptyInbox
from shared.config import DEFAULT_PROGRAMME
from shared.contracts.cloudevents import CloudEvent
from shared.contracts.topics import CUSTOMERS
from shared.errors import Unavailable
from shared.named_secrets import NamedSecrets
from shared.programme.problems import ProgrammeInvalid
from shared.storage.sqlite import Database
from shared.webhooks.delivery import Delivery
from tests.services.events.builders import NOW
from tests.services.events.connectors.shopify_shop import (
    ORDER_ID,
    make_order,
    make_refund,
    sign,
    tell,
)
from tests.services.events.connectors.suite import Told
from tests.services.events.inbound.running import Running, open_running

SECRET = "shop-secret"
SOURCES = {"shop": "connector: shopify\n", "woo": "connector: woocommerce\n"}


def make_programme(folder: Path, **sources: str) -> Path:
    shutil.copytree(DEFAULT_PROGRAMME, folder)
    (folder / "sources").mkdir(exist_ok=True)
    for name, text in sources.items():
        (folder / "sources" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    secrets(tmp_path).add("shop", SECRET)
    folder = make_programme(tmp_path / "programme", **SOURCES)
    async with open_running(tmp_path / "data", programme_dir=folder) as opened:
        opened.client.headers.pop("Authorization")
        yield opened


def secrets(folder: Path) -> NamedSecrets:
    return NamedSecrets(folder / "data" / "webhook-secrets.json")


async def send(running: Running, told: Told, secret: str = SECRET) -> httpx.Response:
    """The answer; what it is about is carried out by then."""
    response = await post(running, sign(told, secret, NOW))
    await running.carried_out()
    return response


async def post(running: Running, delivery: Delivery, source: str = "shop") -> httpx.Response:
    return await running.client.post(
        f"/v1/webhooks/{source}", content=delivery.body, headers=dict(delivery.headers)
    )


async def as_admin(running: Running, method: str, path: str, **more: Any) -> httpx.Response:
    key = running.infrastructure.keys.create("admin", ["admin"])
    headers = {"Authorization": f"Bearer {key}"}
    return await running.client.request(method, path, headers=headers, **more)


async def quarantined(running: Running) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await as_admin(running, "GET", "/v1/events/quarantine")).json()[
        "data"
    ]
    return found


def said(act: CloudEvent) -> Any:
    assert act.data is not None
    return json.loads(act.data)


async def test_an_order_is_under_the_customer_who_placed_it(running: Running) -> None:
    response = await send(running, tell("orders/paid", make_order()))
    assert response.status_code == 200
    assert re.fullmatch("[0-9a-f]{32}", response.json()["received"])
    (act,) = await running.acts(1)
    assert act.subject == "shopify-shop-207119551"
    assert act.source == "/webhooks/shop"
    assert said(act)["total"] == "100.00"
    (told,) = await running.deliveries(CUSTOMERS.name, 1)
    assert told.key == b"shopify-shop-207119551"
    assert told.value is not None
    assert json.loads(told.value)["email"] == "ana@example.com"


async def test_a_refund_waits_for_its_order(running: Running) -> None:
    await send(running, tell("refunds/create", make_refund("30.00")))
    await send(running, tell("orders/paid", make_order()))
    acts = {act.id: act for act in await running.acts(2)}
    assert {act.subject for act in acts.values()} == {"shopify-shop-207119551"}
    assert said(acts["refund-929361464"])["total"] == "30.00"


async def test_a_guest_who_opens_an_account_has_placed_the_orders_before(running: Running) -> None:
    guest = make_order(customer=None, email="Ana@example.com")
    await send(running, tell("orders/paid", guest))
    await send(running, tell("customers/create", make_order()["customer"]))
    (act,) = await running.acts(1)
    assert (act.id, act.subject) == (f"order-{ORDER_ID}", "shopify-shop-207119551")


async def test_no_secret_no_entry(running: Running, tmp_path: Path) -> None:
    told = tell("orders/paid", make_order())
    refused = await send(running, told, "another")
    assert refused.status_code == 401
    assert refused.headers["content-type"] == "application/problem+json"
    assert (await post(running, Delivery(told.headers, told.body, NOW))).status_code == 401
    assert (await post(running, Delivery({}, b"{", NOW))).status_code == 401
    assert await quarantined(running) == []
    secrets(tmp_path).add("shop", "new-secret")
    for secret in (SECRET, "new-secret"):
        assert (await send(running, told, secret)).status_code == 200
    secrets(tmp_path).retire_old("shop")
    assert (await send(running, told)).status_code == 401
    assert (await send(running, told, "new-secret")).status_code == 200


async def test_an_unknown_source_is_not_found(running: Running) -> None:
    told = sign(tell("orders/paid", make_order()), SECRET, NOW)
    for source in ("pop", "", "requests"):
        assert (await post(running, told, source)).status_code == 404
    assert (await running.client.get("/v1/webhooks/shop")).status_code in (404, 405)


async def test_a_damaged_file_of_secrets_is_waited_for(running: Running, tmp_path: Path) -> None:
    (tmp_path / "data" / "webhook-secrets.json").write_text("{", encoding="utf-8")
    assert (await send(running, tell("orders/paid", make_order()))).status_code == 503


async def test_too_long_a_body(running: Running) -> None:
    told = Told(b" " * (2**20 + 1), {"x-shopify-topic": "orders/paid"})
    assert (await send(running, told)).status_code == 413


async def test_what_is_not_of_interest_is_ignored(running: Running) -> None:
    response = await send(running, tell("orders/create", make_order(test=True)))
    assert response.status_code == 200
    assert await quarantined(running) == []


async def test_the_try_of_a_new_webhook_is_answered(running: Running) -> None:
    ping = Delivery({"content-type": "application/x-www-form-urlencoded"}, b"webhook_id=3", NOW)
    response = await post(running, ping, "woo")
    assert (response.status_code, response.json()) == (
        200,
        {"ignored": "a new webhook that is tried"},
    )
    assert await running.events.empty_inbox.inbox.count() == 0


async def test_a_delivery_that_cannot_be_read_is_kept_mended_and_replayed(
    running: Running,
) -> None:
    told = tell("orders/paid", make_order(currency="XXX"), **{"x-real-ip": "192.0.2.1"})
    for _ in range(2):
        response = await send(running, told)
        assert response.status_code == 200
    (entry,) = await quarantined(running)
    assert entry["pointer"] == "/data/body/currency"
    event = entry["event"]
    assert event["type"] == "io.requite.delivery.v1"
    assert event["source"] == "/webhooks/shop"
    assert event["data"]["headers"] == {"x-shopify-topic": "orders/paid"}
    assert event["data"]["body"].encode() == told.body
    path = f"/v1/events/quarantine/{entry['id']}"
    still = (await as_admin(running, "POST", f"{path}:replay")).json()
    assert not still["accepted"]
    event["data"]["body"] = event["data"]["body"].replace("XXX", "EUR")
    mended = await as_admin(running, "PUT", path, json=event)
    assert mended.json()["reason"] == ""
    assert (await as_admin(running, "POST", f"{path}:replay")).json() == {
        "accepted": True,
        "entry": None,
    }
    assert await quarantined(running) == []
    (act,) = await running.acts(1)
    assert act.subject == "shopify-shop-207119551"


async def test_an_event_that_calls_itself_a_delivery_is_none(running: Running) -> None:
    await send(running, tell("orders/paid", make_order()))
    redact = {"customer": {"id": 207119551, "email": "ana@example.com"}, "orders_to_redact": []}
    body = json.dumps(redact)
    forged = {
        "specversion": "1.0",
        "id": "forged",
        "source": "/webhooks/shop",
        "type": "io.requite.delivery.v1",
        "time": NOW.isoformat(),
        "data": {"headers": {"x-shopify-topic": "customers/redact"}, "body": body},
    }
    key = running.infrastructure.keys.create("till", ["events:write"])
    headers = {"Content-Type": "application/cloudevents+json", "Authorization": f"Bearer {key}"}
    refused = await running.client.post("/v1/events", json=forged, headers=headers)
    assert refused.status_code == 422
    (entry,) = await quarantined(running)
    replayed = await as_admin(running, "POST", f"/v1/events/quarantine/{entry['id']}:replay")
    assert not replayed.json()["accepted"]
    stays = await as_admin(running, "GET", "/v1/customers/shopify-shop-207119551")
    assert stays.status_code == 200


async def test_bytes_that_are_no_text_are_kept_too(running: Running) -> None:
    assert (await send(running, Told(b"\xff\x00", {"x-shopify-topic": "orders/paid"}))).is_success
    (entry,) = await quarantined(running)
    assert entry["event"]["data"]["body_base64"] == "/wA="
    assert entry["reason"] == "not well-formed JSON"


async def test_an_act_that_is_refused_is_quarantined_by_itself(running: Running) -> None:
    order = make_order(processed_at="2036-01-01T00:00:00Z")
    await send(running, tell("orders/paid", order))
    (entry,) = await quarantined(running)
    assert (entry["event_id"], entry["pointer"]) == (f"order-{ORDER_ID}", "/time")


async def test_aliases_too_long_to_be_one_keep_the_delivery(running: Running) -> None:
    order = make_order()
    order["customer"] |= {"id": int("9" * 300)}
    await send(running, tell("orders/paid", order))
    (entry,) = await quarantined(running)
    assert entry["event"]["type"] == "io.requite.delivery.v1"


async def test_where_the_store_is_away_the_platform_sends_again(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> None:
        raise Unavailable("away")

    monkeypatch.setattr(Database, "run", away)
    response = await post(running, sign(tell("orders/paid", make_order()), SECRET, NOW))
    assert response.status_code == 503
    assert "retry-after" in response.headers


async def test_a_full_inbox_asks_the_platform_to_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: EmptyInbox) -> bool:
        raise Unavailable("nothing is carried out")

    monkeypatch.setattr(EmptyInbox, "__call__", away)
    secrets(tmp_path).add("shop", SECRET)
    folder = make_programme(tmp_path / "programme", **SOURCES)
    settings = {"programme_dir": folder, "inbox_capacity": 1}
    async with open_running(tmp_path / "data", **settings) as running:
        inbox = running.events.empty_inbox.inbox
        told = tell("orders/paid", make_order())
        assert (await post(running, sign(told, "another", NOW))).status_code == 401
        assert await inbox.count() == 0
        assert (await post(running, sign(told, SECRET, NOW))).status_code == 200
        assert (await post(running, sign(told, SECRET, NOW))).status_code == 503
        assert await inbox.count() == 1
        (waiting,) = await inbox.take("test", 10, NOW)
        assert waiting.body == told.body
        assert waiting.headers == {"x-shopify-topic": "orders/paid"}


async def test_a_redacted_person_is_forgotten(running: Running) -> None:
    await send(running, tell("orders/paid", make_order()))
    redact = {"customer": {"id": 207119551, "email": "ana@example.com"}, "orders_to_redact": []}
    assert (await send(running, tell("customers/redact", redact))).status_code == 200
    gone = await as_admin(running, "GET", "/v1/customers/shopify-shop-207119551")
    assert gone.status_code == 404
    *_, tombstone = await running.deliveries(CUSTOMERS.name, 2)
    assert (tombstone.key, tombstone.value) == (b"shopify-shop-207119551", None)


async def test_a_shop_that_left_takes_its_people_with_it(running: Running) -> None:
    for number in (1, 2):
        customer = make_order()["customer"] | {"id": number, "email": f"{number}@example.com"}
        await send(running, tell("orders/paid", make_order(id=number, customer=customer)))
    shop = {"shop_id": 1, "shop_domain": "x.myshopify.com"}
    assert (await send(running, tell("shop/redact", shop))).status_code == 200
    for number in (1, 2):
        gone = await as_admin(running, "GET", f"/v1/customers/shopify-shop-{number}")
        assert gone.status_code == 404


async def test_a_request_for_data_is_listed_until_it_is_closed(running: Running) -> None:
    await send(running, tell("orders/paid", make_order()))
    asked = {"customer": {"id": 207119551}, "data_request": {"id": 9999}}
    for _ in range(2):
        assert (await send(running, tell("customers/data_request", asked))).status_code == 200
    assert (await running.client.get("/v1/webhooks/requests")).status_code == 401
    (request,) = (await as_admin(running, "GET", "/v1/webhooks/requests")).json()["data"]
    assert request["alias"] == "shopify:shop:207119551"
    assert request["customer"] == "shopify-shop-207119551"
    assert (request["received_at"], request["due"]) == (
        "2026-06-01T12:00:00Z",
        "2026-07-01T12:00:00Z",
    )
    closing = f"/v1/webhooks/requests/{request['id']}:close"
    closed = await as_admin(running, "POST", closing)
    assert closed.json()["closed_at"] == "2026-06-01T12:00:00Z"
    assert (await as_admin(running, "GET", "/v1/webhooks/requests")).json()["data"] == []
    listed = await as_admin(running, "GET", "/v1/webhooks/requests?closed=true")
    assert [one["id"] for one in listed.json()["data"]] == [request["id"]]
    missing = f"/v1/webhooks/requests/{'0' * 32}:close"
    assert (await as_admin(running, "POST", missing)).status_code == 404


async def test_deliveries_are_counted_by_what_became_of_them(running: Running) -> None:
    await send(running, tell("orders/paid", make_order()))
    await send(running, tell("orders/paid", make_order()), "another")
    await send(running, tell("orders/paid", {}))
    await send(running, tell("products/create", {}))
    text = (await running.client.get("/metrics")).text
    for outcome in ("accepted", "refused", "quarantined", "ignored"):
        line = f'requite_webhook_deliveries_total{{outcome="{outcome}",source="shop"}} 1.0'
        assert line in text


async def test_no_address_leaves_the_customers_topic(running: Running) -> None:
    await send(running, tell("orders/paid", make_order(customer=None)))
    known = Pseudonyms(running.infrastructure.pseudonym_key).email("guest@example.com")
    (order,) = await running.events.find.identities.get([f"order:shop:{ORDER_ID}"])
    assert order.target == known


async def test_a_wrong_option_stops_the_start_and_says_where(tmp_path: Path) -> None:
    folder = make_programme(tmp_path / "programme", woo="connector: woocommerce\noptions: {x: 1}\n")
    with pytest.raises(ProgrammeInvalid) as error:
        async with open_running(tmp_path / "data", programme_dir=folder):
            pass
    (problem,) = error.value.problems
    assert problem.file.endswith("woo.yaml")
