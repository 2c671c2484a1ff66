"""Customers and the quarantine over HTTP."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared.contracts.customers import Customer
from shared.contracts.topics import CUSTOMERS
from tests.services.events.inbound.running import EVENT, Running, make_json, open_running

CONSENT = {
    "purpose": "thanks",
    "channel": "email",
    "state": "granted",
    "time": "2026-01-05T10:00:00+01:00",
    "source": "checkout",
}
ANA = {
    "name": "Ana Lima",
    "email": "ana@example.com",
    "phone": "+351912345678",
    "locale": "pt-PT",
    "time_zone": "Europe/Lisbon",
    "consents": [CONSENT],
    "aliases": ["forum:ana"],
}


class _Entry(msgspec.Struct):
    event: msgspec.Raw


class _Page(msgspec.Struct):
    data: list[_Entry]


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with open_running(tmp_path) as opened:
        yield opened


async def test_a_customer_is_kept_and_told(running: Running) -> None:
    created = await running.client.put("/v1/customers/c-1", json=ANA)
    changed = await running.client.put("/v1/customers/c-1", json=ANA | {"name": "Ana"})
    found = await running.client.get("/v1/customers/c-1")
    assert (created.status_code, changed.status_code) == (201, 200)
    assert found.json() == changed.json()
    assert found.json()["name"] == "Ana"
    records = await running.deliveries(CUSTOMERS.name, 2)
    assert [record.key for record in records] == [b"c-1", b"c-1"]
    latest = msgspec.json.decode(records[1].value or b"", type=Customer)
    assert latest.revision == changed.json()["revision"]
    assert latest.email == "ana@example.com"
    assert latest.consents[0].state == "granted"


async def test_who_is_excluded_or_shown_is_kept_and_told_until_it_is_left_out(
    running: Running,
) -> None:
    told = {"excluded": "staff", "leaderboard_name": "Ana of the harbour"}
    said = await running.client.put("/v1/customers/c-1", json=ANA | told)
    assert said.json() == (await running.client.get("/v1/customers/c-1")).json()
    assert {name: said.json()[name] for name in told} == told
    unsaid = await running.client.put("/v1/customers/c-1", json=ANA | {"leaderboard_name": None})
    assert (unsaid.json()["excluded"], unsaid.json()["leaderboard_name"]) == (None, None)
    records = await running.deliveries(CUSTOMERS.name, 2)
    first, last = (msgspec.json.decode(one.value or b"", type=Customer) for one in records)
    assert (first.excluded, first.leaderboard_name) == ("staff", "Ana of the harbour")
    assert (last.excluded, last.leaderboard_name) == (None, None)


async def test_country_addresses_and_consents_for_any_channel_are_kept_and_told(
    running: Running,
) -> None:
    more = {
        "country": "PT",
        "addresses": {"push": "token:1", "sms-backup": "+351912345678"},
        "consents": [
            CONSENT | {"purpose": "promotion", "channel": "any", "expires": "2027-01-05T10:00:00Z"},
            CONSENT | {"purpose": "mention", "channel": "push"},
        ],
    }
    said = await running.client.put("/v1/customers/c-1", json=ANA | more)
    assert said.status_code == 201
    assert said.json() == (await running.client.get("/v1/customers/c-1")).json()
    (record,) = await running.deliveries(CUSTOMERS.name, 1)
    told = msgspec.json.decode(record.value or b"", type=Customer)
    assert (told.country, told.addresses) == ("PT", more["addresses"])
    assert [(one.purpose, one.channel, one.expires) for one in told.consents] == [
        ("promotion", "any", "2027-01-05T10:00:00+00:00"),
        ("mention", "push", None),
    ]


async def test_a_consent_that_is_left_out_stays_in_the_record(running: Running) -> None:
    refusal = CONSENT | {"state": "withdrawn", "time": "2026-01-06T10:00:00Z"}
    await running.client.put("/v1/customers/c-1", json=ANA)
    await running.client.put("/v1/customers/c-1", json=ANA | {"consents": [refusal]})
    said = await running.client.put("/v1/customers/c-1", json=ANA | {"consents": []})
    assert [one["state"] for one in said.json()["consents"]] == ["granted", "withdrawn"]
    last = (await running.deliveries(CUSTOMERS.name, 3))[-1]
    told = msgspec.json.decode(last.value or b"", type=Customer)
    assert [one.state for one in told.consents] == ["granted", "withdrawn"]


async def test_an_id_may_hold_a_slash(running: Running) -> None:
    assert (await running.client.put("/v1/customers/shop%2F7", json={})).status_code == 201
    assert (await running.client.get("/v1/customers/shop/7")).json()["id"] == "shop/7"


async def test_erasing_is_told_as_a_tombstone_and_takes_the_quarantine_along(
    running: Running,
) -> None:
    await running.client.put("/v1/customers/c-1", json=ANA)
    await running.post(make_json(type="x"), EVENT)
    assert (await running.client.delete("/v1/customers/c-1")).status_code == 204
    assert (await running.client.delete("/v1/customers/c-1")).status_code == 204
    assert (await running.client.get("/v1/customers/c-1")).status_code == 404
    assert (await running.client.get("/v1/events/quarantine")).json()["data"] == []
    records = await running.deliveries(CUSTOMERS.name, 3)
    assert [record.value is None for record in records] == [False, True, True]


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("email", "not an address"),
        ("email", "a@b@c.example"),
        ("email", "a@example.com\nBcc: b@example.com"),
        ("email", "a@-"),
        ("name", ""),
        ("name", "Ana\r\nBcc: x"),
        ("phone", "0912"),
        ("locale", "portuguese!"),
        ("time_zone", "Mars/Olympus"),
        ("country", "pt"),
        ("country", "ZZ"),
        ("country", "PRT"),
        ("addresses", {"Push!": "token"}),
        ("addresses", {"push": ""}),
        ("addresses", {"push": "a\nb"}),
        ("addresses", {"push": "x" * 4097}),
        ("addresses", {f"push-{n}": "x" for n in range(21)}),
        ("consents", [CONSENT | {"purpose": "spying"}]),
        ("consents", [CONSENT | {"channel": "E-mail"}]),
        ("consents", [CONSENT | {"channel": "sms\n"}]),
        ("consents", [CONSENT | {"expires": CONSENT["time"]}]),
        ("consents", [CONSENT | {"expires": "2027-01-01T00:00:00"}]),
        ("consents", [{"purpose": "thanks"}]),
        ("consents", [CONSENT | {"time": "2026-01-05T10:00:00"}]),
        ("aliases", ["x"] * 51),
        ("birthday", "1990-01-01"),
        ("excluded", "fired"),
        ("excluded", True),
        ("leaderboard_name", ""),
        ("leaderboard_name", " Ana"),
        ("leaderboard_name", "Ana\nBcc: x"),
        ("leaderboard_name", "Ana\u2028Bcc"),
        ("leaderboard_name", "Ana\u202eBcc"),
        ("leaderboard_name", "x" * 81),
    ],
)
async def test_wrong_details_are_refused_at_their_place(
    running: Running, member: str, value: Any
) -> None:
    response = await running.client.put("/v1/customers/c-1", json=ANA | {member: value})
    assert response.status_code == 422
    (error,) = [e for e in response.json()["errors"] if e["pointer"].startswith(f"#/{member}")][:1]
    assert error["detail"]
    assert "Bcc" not in response.text


@pytest.mark.parametrize("customer", ["ana@example.com", "%20c", "a%00b", "a%0Ab", "c" * 201])
async def test_an_id_that_names_a_person_or_breaks_lines_is_refused(
    running: Running, customer: str
) -> None:
    response = await running.client.put(f"/v1/customers/{customer}", json={})
    assert response.status_code == (404 if "%0A" in customer else 422)


async def test_a_refused_event_is_mended_and_replayed(running: Running) -> None:
    refused = (await running.post(make_json(subject=None), EVENT)).json()["rejected"][0]
    path = f"/v1/events/quarantine/{refused['quarantine_id']}"
    still = await running.client.post(f"{path}:replay")
    assert still.json()["accepted"] is False
    assert still.json()["entry"]["pointer"] == "/subject"
    fixed = await running.client.put(path, json=make_json())
    assert fixed.json()["reason"] == ""
    assert (await running.client.get(path)).json()["event"] == make_json()
    assert (await running.client.post(f"{path}:replay")).json() == {"accepted": True, "entry": None}
    assert (await running.client.get(path)).status_code == 404
    (act,) = await running.acts(1)
    assert act.subject == "c-1"


async def test_a_replayed_event_without_time_happened_when_it_was_received(
    running: Running,
) -> None:
    refused = (await running.post(make_json(subject=None, time=None), EVENT)).json()["rejected"][0]
    path = f"/v1/events/quarantine/{refused['quarantine_id']}"
    await running.client.put(path, json=make_json(time=None))
    await running.client.post(f"{path}:replay")
    (act,) = await running.acts(1)
    entry_time = running.infrastructure.clock.now().isoformat()
    assert act.time == entry_time


async def test_pages_of_the_quarantine_have_no_gaps(running: Running) -> None:
    await running.post([make_json(id=str(n), type="x") for n in range(7)])
    seen: list[str] = []
    parameters: dict[str, str] = {"limit": "3"}
    while True:
        page = (await running.client.get("/v1/events/quarantine", params=parameters)).json()
        seen += [entry["event_id"] for entry in page["data"]]
        if page["next_cursor"] is None:
            break
        parameters["cursor"] = page["next_cursor"]
    assert sorted(seen) == [str(n) for n in range(7)]


async def test_discarding(running: Running) -> None:
    refused = (await running.post(make_json(type="x"), EVENT)).json()["rejected"][0]
    path = f"/v1/events/quarantine/{refused['quarantine_id']}"
    assert (await running.client.delete(path)).status_code == 204
    assert (await running.client.delete(path)).status_code == 404


@pytest.mark.parametrize(
    "body",
    [b'{"id":"\\ud800"}', b'{"id":NaN}', b'{"id":' + b"[" * 500 + b"]" * 500 + b"}", b"[" * 99_999],
)
async def test_whatever_was_refused_can_be_looked_at(running: Running, body: bytes) -> None:
    assert (await running.post(body, EVENT)).status_code == 422
    response = await running.client.get("/v1/events/quarantine")
    assert response.status_code == 200
    (entry,) = msgspec.json.decode(response.content, type=_Page).data
    assert bytes(entry.event) in (body, b'"%s"' % base64.b64encode(body))


async def test_erasing_takes_along_what_was_no_event(running: Running) -> None:
    await running.post(make_json(time="yesterday"), EVENT)
    await running.post([make_json(time="yesterday", subject="c-2")])
    await running.client.delete("/v1/customers/c-1")
    await running.client.delete("/v1/customers/c-2")
    assert (await running.client.get("/v1/events/quarantine")).json()["data"] == []


async def test_erasing_takes_along_what_was_refused_for_naming_an_address(running: Running) -> None:
    await running.client.put("/v1/customers/c-1", json={"email": "ana@example.com"})
    await running.post([make_json(subject="ana@example.com"), make_json(subject="bo@example.com")])
    await running.client.delete("/v1/customers/c-1")
    (left,) = (await running.client.get("/v1/events/quarantine")).json()["data"]
    assert left["event"]["subject"] == "bo@example.com"


@pytest.mark.parametrize("cursor", ["x", "1-2-3", "99999999999999999999-a", "-1"])
async def test_a_made_up_cursor_is_refused(running: Running, cursor: str) -> None:
    response = await running.client.get("/v1/events/quarantine", params={"cursor": cursor})
    assert response.status_code == 422


async def test_every_operation_needs_its_scope(running: Running) -> None:
    key = running.infrastructure.keys.create("other", ["scores:read"])
    entry = f"/v1/events/quarantine/{'0' * 32}"
    for method, path in [
        ("PUT", "/v1/customers/c-1"),
        ("GET", "/v1/customers/c-1"),
        ("DELETE", "/v1/customers/c-1"),
        ("GET", "/v1/events/quarantine"),
        ("GET", entry),
        ("PUT", entry),
        ("POST", f"{entry}:replay"),
        ("DELETE", entry),
    ]:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        content = b"{}" if method == "PUT" else None
        response = await running.client.request(method, path, content=content, headers=headers)
        assert response.status_code == 403, (method, path)
