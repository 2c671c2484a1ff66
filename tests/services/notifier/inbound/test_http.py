"""Decisions and messages over HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.notifier.domain.customer import Customer
from services.notifier.domain.message import Text
from tests.services.notifier.builders import TIME, make_act, make_decision
from tests.services.notifier.running import Running, open_running

TEXT = Text("Thank you", "You are kind.\n", "en")


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with open_running(tmp_path) as opened:
        yield opened


async def test_a_decision_explains_itself(running: Running) -> None:
    await running.stores.decisions.record(
        [make_decision(make_act(day=-2), Customer("c-1")), make_decision(make_act("2", day=-30))]
    )
    found = await running.get("/v1/decisions", customer="c-1", verdict="held")
    assert found["next_cursor"] is None
    (held,) = found["data"]
    assert held.pop("id")
    assert held == {
        "customer": "c-1",
        "act": {
            "source": "/shop",
            "id": "1001",
            "type": "io.requite.act.purchase.v1",
            "time": "2026-02-27T12:00:00+00:00",
        },
        "verdict": "held",
        "reason": "unknown_customer",
        "reason_text": "The act arrived before we knew the customer; it waits for the record.",
        "rule": "purchase",
        "message_id": None,
        "survey": None,
        "decided_at": "2026-03-01T12:00:00Z",
        "held_until": "2026-03-06T12:00:00Z",
    }
    by_act = await running.get("/v1/decisions", act_source="/shop", act_id="2")
    assert [item["reason"] for item in by_act["data"]] == ["stale"]


async def test_pages_lead_to_the_end(running: Running) -> None:
    await running.stores.decisions.record(
        [make_decision(make_act(f"{n}"), now=TIME + 10**6 + n // 2) for n in range(7)]
    )
    for path in ("/v1/decisions", "/v1/messages"):
        seen: list[str] = []
        query: dict[str, Any] = {"customer": "c-1", "limit": 3}
        while True:
            page = await running.get(path, **query)
            seen += [item["id"] for item in page["data"]]
            if page["next_cursor"] is None:
                break
            query["cursor"] = page["next_cursor"]
        assert len(set(seen)) == len(seen) == 7


async def test_a_message_is_shown_with_its_words_until_erased(running: Running) -> None:
    decision, message = make_decision(now=TIME + 10**8)
    assert message is not None
    await running.stores.decisions.record([(decision, message)])
    path = f"/v1/messages/{message.id}"
    waiting = await running.get(path)
    assert (waiting["status"], waiting["body"]) == ("waiting", None)
    assert waiting["next_attempt_at"] == waiting["created_at"]
    claim = await running.stores.messages.claim("t", TIME + 10**8, TIME + 10**9)
    assert claim is not None
    await running.stores.messages.begin(claim, TEXT)
    await running.stores.messages.finish(claim, "sent", TIME, "250")
    sent = await running.get(path)
    assert sent == {
        "id": message.id,
        "decision_id": decision.id,
        "customer": "c-1",
        "rule": "purchase",
        "channel": "email",
        "status": "sent",
        "attempts": 1,
        "code": "250",
        "created_at": "2026-03-02T15:46:40Z",
        "next_attempt_at": None,
        "finished_at": "2026-03-01T12:00:00Z",
        "language": "en",
        "subject": "Thank you",
        "body": "You are kind.\n",
    }
    assert (await running.get("/v1/messages", customer="c-1"))["data"] == [sent]
    await running.stores.customers.erase("c-1")
    assert (await running.client.get(path)).status_code == 404
    assert (await running.get("/v1/messages", customer="c-1"))["data"] == []


@pytest.mark.parametrize(
    "path",
    [
        "/v1/decisions?limit=0",
        "/v1/decisions?limit=201",
        "/v1/decisions?cursor=x",
        "/v1/decisions?cursor=9999999999999999-" + "0" * 32,
        "/v1/decisions?verdict=loved",
        "/v1/decisions?customer=%00",
        "/v1/decisions?act_id=" + "x" * 201,
        "/v1/messages",
        "/v1/messages?customer=",
    ],
)
async def test_what_breaks_a_rule_is_a_problem(running: Running, path: str) -> None:
    response = await running.client.get(path)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("id", ["0" * 32, "x", "0" * 33])
async def test_no_such_message(running: Running, id: str) -> None:
    assert (await running.client.get(f"/v1/messages/{id}")).status_code == 404


@pytest.mark.parametrize(
    "path", ["/v1/decisions", "/v1/messages?customer=c", "/v1/messages/" + "0" * 32]
)
async def test_a_key_with_the_scope_is_needed(running: Running, path: str) -> None:
    other = running.infrastructure.keys.create("other", ["scores:read"])
    for header, status in (("", 401), (f"Bearer {other}", 403)):
        response = await running.client.get(path, headers={"Authorization": header})
        assert response.status_code == status


async def test_the_survivor_answers_for_who_was_merged(running: Running) -> None:
    await running.stores.decisions.record(
        [make_decision(make_act("1", "c-1")), make_decision(make_act("2", "c-2"))]
    )
    await running.stores.customers.put([Customer("c-2", revision=2, merged_into="c-1")])
    for path in ("/v1/decisions", "/v1/messages"):
        query = {"customer": "c-2", "limit": "7"}
        moved = await running.client.get(path, params=query)
        assert moved.status_code == 308
        assert moved.headers["Location"] == f"{path}?limit=7&customer=c-1"
        assert moved.headers["Cache-Control"] == "no-store"
        there = await running.client.get(path, params=query, follow_redirects=True)
        found = there.json()["data"]
        assert [item["customer"] for item in found] == ["c-1", "c-1"]
        for item in found:
            if path == "/v1/messages":
                assert (await running.get(f"{path}/{item['id']}"))["customer"] == "c-1"
    everybody = await running.get("/v1/decisions")
    assert [item["customer"] for item in everybody["data"]] == ["c-1", "c-1"]
    await running.stores.customers.put([Customer("c-2", revision=3)])
    for customer in ("c-1", "c-2"):
        (item,) = (await running.get("/v1/messages", customer=customer))["data"]
        assert item["customer"] == customer
