"""Messages over HTTP: shown, asked for by the shop, in the inbox, and as notes for parcels."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.notifier.domain.customer import Record
from services.notifier.domain.policy import Route
from services.notifier.ports.customers import Told
from shared.web.keys import Scope
from tests.services.notifier.builders import (
    TIME,
    make_customer,
    make_occasion,
    make_plan,
    make_policy,
    make_rule,
    tell,
)
from tests.services.notifier.inbound.looking import FAR, decide, send
from tests.services.notifier.running import Running, open_running

NOTHING = "0" * 32


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with open_running(tmp_path) as opened:
        yield opened


def allow(running: Running, *scopes: Scope) -> None:
    key = running.infrastructure.keys.create("more", list(scopes))
    running.client.headers["Authorization"] = f"Bearer {key}"


async def merge(running: Running) -> None:
    """c-2 turns out to be c-1."""
    await running.stores.customers.put([Told("c-2", Record(revision=2), merged_into="c-1")])


async def test_a_message_is_shown_with_its_words_until_erased(running: Running) -> None:
    (id,) = await decide(running.stores, make_occasion())
    path = f"/v1/messages/{id}"
    waiting = await running.get(path)
    assert (waiting["status"], waiting["body"]) == ("waiting", None)
    assert waiting["next_attempt_at"] == waiting["created_at"]
    await send(running.stores)
    sent = await running.get(path)
    assert sent.pop("decision_id")
    assert sent == {
        "id": id,
        "customer": "c-1",
        "rule": "purchase",
        "purpose": "thanks",
        "channel": "email",
        "status": "sent",
        "attempts": 1,
        "code": "250",
        "created_at": "2026-03-02T15:46:40Z",
        "next_attempt_at": None,
        "finished_at": "2026-03-01T12:00:00Z",
        "read_at": None,
        "order_id": "1001",
        "language": "en",
        "subject": "Thank you",
        "body": "You are kind.\n",
    }
    (listed,) = (await running.get("/v1/messages", customer="c-1", channel="email"))["data"]
    assert listed["id"] == id
    assert (await running.get("/v1/messages", customer="c-1", channel="sms"))["data"] == []
    await running.stores.customers.erase("c-1")
    assert (await running.client.get(path)).status_code == 404
    assert (await running.get("/v1/messages", customer="c-1"))["data"] == []


async def test_pages_lead_to_the_end(running: Running) -> None:
    for n in range(7):
        await decide(running.stores, make_occasion(f"{n}"), now=TIME + FAR + n // 2)
    seen: list[str] = []
    query: dict[str, Any] = {"customer": "c-1", "limit": 3}
    while "cursor" not in query or query["cursor"]:
        page = await running.get("/v1/messages", **query)
        seen += [item["id"] for item in page["data"]]
        query["cursor"] = page["next_cursor"]
    assert len(set(seen)) == len(seen) == 7


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/messages?customer="])
async def test_what_breaks_a_rule_is_a_problem(running: Running, path: str) -> None:
    assert (await running.client.get(path)).status_code == 422


@pytest.mark.parametrize("id", [NOTHING, "x", "0" * 33])
async def test_no_such_message(running: Running, id: str) -> None:
    assert (await running.client.get(f"/v1/messages/{id}")).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/messages?customer=c"),
        ("GET", f"/v1/messages/{NOTHING}"),
        ("POST", "/v1/messages"),
        ("GET", "/v1/inbox/c-1"),
        ("POST", f"/v1/inbox/c-1/{NOTHING}:read"),
        ("GET", "/v1/packing-notes/1001"),
    ],
)
async def test_a_key_with_the_scope_is_needed(running: Running, method: str, path: str) -> None:
    other = running.infrastructure.keys.create("other", ["scores:read"])
    for header, status in (("", 401), (f"Bearer {other}", 403)):
        response = await running.client.request(
            method, path, headers={"Authorization": header}, json={}
        )
        assert response.status_code == status


async def test_the_survivor_answers_for_who_was_merged(running: Running) -> None:
    for customer in ("c-1", "c-2"):
        await decide(running.stores, make_occasion(customer, customer))
    await merge(running)
    moved = await running.client.get("/v1/messages", params={"customer": "c-2", "limit": "7"})
    assert moved.status_code == 308
    assert moved.headers["Location"] == "/v1/messages?limit=7&customer=c-1"
    found = (await running.get("/v1/messages", customer="c-1"))["data"]
    assert [item["customer"] for item in found] == ["c-1", "c-1"]
    for item in found:
        assert (await running.get(f"/v1/messages/{item['id']}"))["customer"] == "c-1"
    await running.stores.customers.put([Told("c-2", Record(revision=3))])
    for customer in ("c-1", "c-2"):
        (item,) = (await running.get("/v1/messages", customer=customer))["data"]
        assert item["customer"] == customer


async def in_box(running: Running, customer: str = "c-1", **more: Any) -> str:
    """A message by the inbox or, with its order, by print; its id."""
    channel = more.pop("channel", "inbox")
    route = Route(channel, "customer", needs_consent=False, disturbs=False)
    policy = make_policy(make_rule(channels=(channel,)), routes=(route,))
    (person,) = (await running.stores.customers.customers([customer])).values()
    known = make_customer(person.id, attention=person.attention)
    occasion = make_occasion(more.pop("id", "1001"), customer, **more)
    plan = make_plan(occasion, customer=known, policy=policy, now=TIME + FAR)
    assert not await running.stores.decisions.carry_out([plan])
    return plan.messages[0].id


async def test_an_inbox_is_read_and_marked_once(running: Running) -> None:
    allow(running, "inbox:read", "inbox:write")
    first = await in_box(running, id="1")
    await send(running.stores, "inbox")
    waiting = await in_box(running, id="2")
    (note,) = (await running.get("/v1/inbox/c-1"))["data"]
    assert (note["id"], note["subject"], note["read_at"]) == (first, "Thank you", None)
    read = await running.client.post(f"/v1/inbox/c-1/{first}:read")
    assert (read.status_code, read.json()["read_at"]) == (200, "2026-03-01T12:00:00Z")
    assert (await running.client.post(f"/v1/inbox/c-1/{first}:read")).json() == read.json()
    assert (await running.get("/v1/inbox/c-1", unread=1))["data"] == []
    assert len((await running.get("/v1/inbox/c-1"))["data"]) == 1
    for path in (f"c-1/{waiting}", f"c-9/{first}", f"c-1/{NOTHING}"):
        assert (await running.client.post(f"/v1/inbox/{path}:read")).status_code == 404
    # What was not there yet when somebody tried to read it is new when it comes.
    await send(running.stores, "inbox")
    (new,) = (await running.get("/v1/inbox/c-1", unread=1))["data"]
    assert new["id"] == waiting


async def test_the_inbox_of_who_was_merged_is_the_survivors(running: Running) -> None:
    allow(running, "inbox:read", "inbox:write")
    id = await in_box(running, "c-2")
    await send(running.stores, "inbox")
    await merge(running)
    moved = await running.client.get("/v1/inbox/c-2?limit=7")
    assert (moved.status_code, moved.headers["Location"]) == (308, "/v1/inbox/c-1?limit=7")
    (note,) = (await running.get("/v1/inbox/c-1"))["data"]
    assert note["id"] == id
    assert (await running.client.post(f"/v1/inbox/c-2/{id}:read")).status_code == 200


async def test_a_parcel_gets_its_note(running: Running) -> None:
    allow(running, "inbox:read")
    id = await in_box(running, channel="print")
    assert (await running.get("/v1/packing-notes/1001"))["data"] == []
    await send(running.stores, "print")
    found = await running.get("/v1/packing-notes/1001")
    assert found["order_id"] == "1001"
    assert [note["id"] for note in found["data"]] == [id]
    assert (await running.get("/v1/packing-notes/7"))["data"] == []
    await running.stores.customers.erase("c-1")
    assert (await running.get("/v1/packing-notes/1001"))["data"] == []


@pytest.fixture
async def asking(tmp_path: Path, running: Running) -> Running:
    """An app whose programme has a rule that can be asked for."""
    ask = running.app.state.notifier.ask
    rule = make_rule("ask", on="request", channels=("email",))
    # The shipped programme has no such rule; its other parts are used as they are.
    policy = ask.decide.plan_for_people.policy
    object.__setattr__(policy, "rules", (*policy.rules, rule))
    policy.__post_init__()
    ask.rules["ask"] = rule
    allow(running, "messages:write")
    return running


async def ask(running: Running, **changes: Any) -> httpx.Response:
    body = {"id": "m-1", "customer": "c-1", "rule": "ask", "data": {"order_id": "7"}, **changes}
    return await running.client.post("/v1/messages", json=body)


async def test_a_message_is_asked_for_once(asking: Running) -> None:
    first = await ask(asking)
    assert first.status_code == 202
    found = first.json()
    assert (found["verdict"], found["reason"]) == ("held", "unknown_customer")
    assert (found["kind"], found["rule"], found["customer"]) == ("request.ask", "ask", "c-1")
    again = await ask(asking, data={"order_id": "other"})
    assert again.status_code == 202
    # What is held and comes again is looked at once more.
    assert again.json() == found | {"decided_again_at": again.json()["decided_again_at"]}
    assert (await ask(asking, customer="c-2")).status_code == 409
    await asking.stores.customers.put([Told("c-2", Record(revision=2), merged_into="c-1")])
    assert (await ask(asking, customer="c-2")).status_code == 202


async def test_a_message_asked_for_waits_for_room_like_any_other(asking: Running) -> None:
    await asking.stores.customers.put([tell(make_customer())])
    verdicts = [(await ask(asking, id=f"m-{n}", customer="c-1")).json() for n in range(4)]
    ids = {one["message_id"] for one in verdicts if one["verdict"] == "thanked"}
    assert len(ids) <= 1
    assert "over_budget" in {one["reason"] for one in verdicts}


async def test_who_was_erased_is_not_written_to(asking: Running) -> None:
    await ask(asking)
    await asking.stores.customers.erase("c-1")
    assert (await ask(asking)).status_code == 404
    assert (await ask(asking, id="m-2")).status_code == 404


@pytest.mark.parametrize("rule", ["purchase", "asks", "nothing-like-it"])
async def test_only_a_rule_for_requests_can_be_asked_for(asking: Running, rule: str) -> None:
    response = await ask(asking, rule=rule)
    assert 400 <= response.status_code < 500
    assert "/rule" in response.text
    assert ("Did you mean" in response.text) == (rule == "asks")


@pytest.mark.parametrize(
    "change", [{"id": ""}, {"id": "\x00"}, {"customer": ""}, {"rule": "A"}, {"data": 1}, {"x": 1}]
)
async def test_what_is_no_request_is_a_problem(asking: Running, change: dict[str, Any]) -> None:
    response = await ask(asking, **change)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
