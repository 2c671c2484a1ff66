"""/v1/aliases: linked by staff, looked up, waited for."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.clock import ManualClock
from tests.services.events.inbound.running import Running, make_json, open_running

FORUM = "discourse:forum:anna"
MAIL, PHONE = "ana@example.com", "+351912345678"


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with open_running(tmp_path) as opened:
        yield opened


async def _link(running: Running, alias: str, customer: str, **more: Any) -> httpx.Response:
    body = {"customer": customer} | more
    return await running.client.put(f"/v1/aliases/{alias}", json=body)


async def test_an_act_waits_and_staff_claim_it(running: Running) -> None:
    response = await running.post([make_json(), make_json(id="2", subject=FORUM)])
    assert (response.status_code, response.json()) == (202, {"accepted": 2, "waiting": 1})
    linked = await _link(running, FORUM, "c-2")
    assert linked.status_code == 200
    assert linked.json() == {
        "alias": FORUM,
        "customer": "c-2",
        "over": None,
        "since": "2026-06-01T12:00:00Z",
        "by": "staff",
    }
    acts = await running.acts(2)
    assert {(act.id, act.subject, act.time) for act in acts} == {
        ("1", "c-1", "2026-05-30T10:00:00Z"),
        ("2", "c-2", "2026-05-30T10:00:00Z"),
    }
    again = await running.post([make_json(id="3", subject=FORUM), make_json(id="4", type="x")])
    assert again.status_code == 207
    assert again.json()["accepted"] == 1
    assert "waiting" not in again.json()


async def test_the_holder_keeps_an_alias_until_it_is_moved(running: Running) -> None:
    await _link(running, FORUM, "c-1")
    refused = await _link(running, FORUM, "c-2")
    assert refused.status_code == 409
    assert "c-1" not in refused.text
    moved = await _link(running, FORUM, "c-2", move=True)
    assert moved.json()["customer"] == "c-2"
    assert (await running.client.get(f"/v1/aliases/{FORUM}")).json()["customer"] == "c-2"


async def test_aliases_of_a_customer(running: Running) -> None:
    await running.client.put("/v1/customers/c-1", json={"email": MAIL, "aliases": ["forum:ana"]})
    await _link(running, FORUM, "c-1")
    listed = (await running.client.get("/v1/aliases", params={"customer": "c-1"})).json()["data"]
    assert [(one["alias"].split(":")[0], one["by"]) for one in listed] == [
        ("discourse", "staff"),
        ("email", "contact"),
        ("forum", "shop"),
    ]
    assert {one["customer"] for one in listed} == {"c-1"}
    nobody = await running.client.get("/v1/aliases", params={"customer": "c-2"})
    assert nobody.json() == {"data": []}


async def test_unlinking(running: Running) -> None:
    await _link(running, FORUM, "c-1")
    assert (await running.client.delete(f"/v1/aliases/{FORUM}")).status_code == 204
    assert (await running.client.delete(f"/v1/aliases/{FORUM}")).status_code == 404
    assert (await running.client.get(f"/v1/aliases/{FORUM}")).status_code == 404
    response = await running.post([make_json(subject=FORUM)])
    assert response.json() == {"accepted": 1, "waiting": 1}


async def test_another_customer_s_alias_in_a_put_is_told_at_its_place(running: Running) -> None:
    await _link(running, FORUM, "c-1")
    body = {"name": "Bo", "aliases": ["forum:bo", FORUM]}
    response = await running.client.put("/v1/customers/c-2", json=body)
    assert response.status_code == 409
    assert response.json()["errors"][0]["pointer"] == "#/aliases/1"
    assert "c-1" not in response.text
    assert (await running.client.get("/v1/customers/c-2")).status_code == 404
    assert (await running.client.get("/v1/aliases/forum:bo")).status_code == 404


async def test_what_waits_is_listed_in_pages(running: Running) -> None:
    clock = running.infrastructure.clock
    assert isinstance(clock, ManualClock)
    for n in range(5):
        await running.post([make_json(id=f"{n}-{m}", subject=f"a:{n}") for m in range(n + 1)])
    clock.advance(timedelta(minutes=1))
    seen: list[dict[str, Any]] = []
    parameters: dict[str, str] = {"limit": "2"}
    while True:
        page = (await running.client.get("/v1/aliases:waiting", params=parameters)).json()
        seen += page["data"]
        if page["next_cursor"] is None:
            break
        parameters["cursor"] = page["next_cursor"]
    assert [(one["alias"], one["acts"]) for one in seen] == [(f"a:{n}", n + 1) for n in range(5)]
    assert {(one["since"], one["age_seconds"]) for one in seen} == {("2026-06-01T12:00:00Z", 60)}


async def test_looking_up_by_address_and_number(running: Running) -> None:
    await running.client.put("/v1/customers/c-1", json={"email": MAIL, "phone": PHONE})
    body = {"emails": ["bo@example.com", "ANA@example.com"], "phones": [PHONE]}
    response = await running.client.post("/v1/aliases:lookup", json=body)
    found = response.json()
    assert [one["customer"] for one in found["emails"]] == [None, "c-1"]
    assert [one["customer"] for one in found["phones"]] == ["c-1"]
    assert "@" not in response.text
    posted = await running.post([make_json(subject=found["emails"][1]["alias"])])
    assert posted.json() == {"accepted": 1}
    (act,) = await running.acts(1)
    assert act.subject == "c-1"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/v1/aliases/nobody", {"customer": "c-1"}),
        ("PUT", "/v1/aliases/email:ana", {"customer": "c-1"}),
        ("PUT", "/v1/aliases/forum:ana@example.com", {"customer": "c-1"}),
        ("PUT", f"/v1/aliases/{FORUM}", {"customer": "a:1"}),
        ("PUT", f"/v1/aliases/{FORUM}", {"customer": "ana@example.com"}),
        ("PUT", f"/v1/aliases/{FORUM}", {}),
        ("POST", "/v1/aliases:lookup", {"emails": ["ana"]}),
        ("POST", "/v1/aliases:lookup", {"phones": ["0912 345 678"]}),
        ("POST", "/v1/aliases:lookup", {"emails": [MAIL] * 101}),
        ("POST", f"/v1/aliases/email:{'0' * 32}/invitation", {"customer": "c-1"}),
        ("GET", "/v1/aliases", None),
        ("GET", "/v1/aliases:waiting?limit=0", None),
    ],
)
async def test_what_is_wrong_is_refused_without_being_repeated(
    running: Running, method: str, path: str, body: Any
) -> None:
    response = await running.client.request(method, path, json=body)
    assert response.status_code == 422
    assert response.json()["errors"][0]["detail"]
    assert "ana" not in response.text
    assert "0912" not in response.text


@pytest.mark.parametrize("subject", ["email:ana", "forum:", ":anna", "forum:anna@example.com"])
async def test_a_subject_that_is_no_alias_is_quarantined(running: Running, subject: str) -> None:
    response = await running.post([make_json(subject=subject)])
    assert response.json()["rejected"][0]["pointer"] == "/subject"


async def test_the_number_of_waiting_acts_is_measured(tmp_path: Path) -> None:
    async with open_running(tmp_path) as running:
        await running.post([make_json(subject=FORUM)])
    async with open_running(tmp_path) as running:
        text = ""
        while "requite_unclaimed_acts 1.0" not in text:
            await asyncio.sleep(0)  # The round counts at its start, beside this.
            text = (await running.client.get("/metrics")).text


async def test_every_operation_needs_its_scope(running: Running) -> None:
    reader = running.infrastructure.keys.create("reader", ["customers:read"])
    other = running.infrastructure.keys.create("other", ["events:write"])
    reads: list[tuple[str, str, Any]] = [
        ("GET", "/v1/aliases?customer=c-1", None),
        ("GET", "/v1/aliases:waiting", None),
        ("GET", f"/v1/aliases/{FORUM}", None),
        ("POST", "/v1/aliases:lookup", {}),
    ]
    writes: list[tuple[str, str, Any]] = [
        ("PUT", f"/v1/aliases/{FORUM}", {"customer": "c-1"}),
        ("DELETE", f"/v1/aliases/{FORUM}", None),
        ("POST", f"/v1/aliases/{FORUM}/invitation", {"customer": "c-1"}),
    ]
    for key, paths in ((other, reads), (reader, writes), (other, writes)):
        headers = {"Authorization": f"Bearer {key}"}
        for method, path, body in paths:
            response = await running.client.request(method, path, json=body, headers=headers)
            assert response.status_code == 403, (method, path)
