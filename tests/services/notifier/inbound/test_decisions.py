"""Decisions over HTTP: listed, unthanked, and simulated."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.notifier.domain.customer import Record
from services.notifier.ports.customers import Told
from tests.services.notifier.builders import TIME, make_customer, make_occasion, tell
from tests.services.notifier.inbound.looking import FAR, decide, send
from tests.services.notifier.running import Running, open_running

SIMULATE = "/v1/decisions:simulate"


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with open_running(tmp_path) as opened:
        yield opened


async def merge(running: Running) -> None:
    """c-2 turns out to be c-1."""
    await running.stores.customers.put([Told("c-2", Record(revision=2), merged_into="c-1")])


async def acts(running: Running, path: str = "/v1/decisions", **query: str | int) -> list[str]:
    """Ids of the acts of a list, which is read page by page."""
    found: list[str] = []
    while True:
        page = await running.get(path, **query)
        found += [one.get("decision", one)["act"]["id"] for one in page["data"]]
        if page["next_cursor"] is None:
            return found
        query["cursor"] = page["next_cursor"]


async def test_a_decision_explains_itself(running: Running) -> None:
    await decide(running.stores, make_occasion(day=-2), able=False, now=TIME)
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
        "kind": "purchase",
        "verdict": "held",
        "reason": "unknown_customer",
        "reason_text": "It came before we knew the customer; it waits for the record.",
        "rule": "purchase",
        "purpose": "thanks",
        "channel": None,
        "message_id": None,
        "merged_into": None,
        "survey": None,
        "decided_at": "2026-03-01T12:00:00Z",
        "held_until": "2026-03-06T12:00:00Z",
        "decided_again_at": "2026-03-06T12:00:00Z",
    }


async def test_every_filter_leaves_what_it_names(running: Running) -> None:
    stores = running.stores
    await decide(stores, make_occasion("held"), able=False, now=TIME)
    await decide(stores, make_occasion("other", "c-2"), now=TIME + 1)
    await decide(stores, make_occasion("stale", "c-3", day=-30), now=TIME + 2)
    await decide(stores, make_occasion("none", "c-4", kind="refund"), now=TIME + 3)
    expected: dict[tuple[str, str], set[str]] = {
        ("customer", "c-2"): {"other"},
        ("act_id", "stale"): {"stale"},
        ("act_source", "/shop"): {"held", "other", "stale", "none"},
        ("act_source", "/elsewhere"): set(),
        ("verdict", "held"): {"held"},
        ("verdict", "suppressed"): {"stale", "none"},
        ("reason", "no_rule"): {"none"},
        ("reason", "stale"): {"stale"},
        ("rule", "purchase"): {"held", "other", "stale"},
        ("rule", "nothing"): set(),
    }
    for (name, value), ids in expected.items():
        assert set(await acts(running, **{name: value})) == ids, name
    assert await acts(running) == ["none", "stale", "other", "held"]
    assert await acts(running, verdict="suppressed", reason="stale", customer="c-3") == ["stale"]


async def test_pages_lead_to_the_end(running: Running) -> None:
    for n in range(7):
        await decide(running.stores, make_occasion(f"{n}"), able=False, now=TIME + n // 3)
    found = await acts(running, customer="c-1", limit=3)
    assert len(found) == len(set(found)) == 7
    assert found == await acts(running, customer="c-1")


async def test_what_got_no_thanks_is_listed_with_its_age(running: Running) -> None:
    stores = running.stores
    await decide(stores, *(make_occasion(f"{n}", day=-n) for n in range(5)), able=False, now=TIME)
    await decide(stores, make_occasion("thanked", "c-2"))
    await decide(stores, make_occasion("no thanks", "c-3", kind="refund"))
    assert await acts(running, "/v1/unthanked") == ["4", "3", "2", "1", "0"]
    assert await acts(running, "/v1/unthanked", limit=2) == ["4", "3", "2", "1", "0"]
    first = (await running.get("/v1/unthanked", customer="c-1"))["data"][0]
    assert first["age_seconds"] == 4 * 86_400
    assert first["decision"]["reason"] == "unknown_customer"
    assert await acts(running, "/v1/unthanked", customer="c-2") == []


@pytest.mark.parametrize(
    "path",
    [
        "/v1/decisions?limit=0",
        "/v1/decisions?limit=201",
        "/v1/decisions?cursor=x",
        "/v1/decisions?cursor=9999999999999999-" + "0" * 32,
        "/v1/decisions?verdict=loved",
        "/v1/decisions?reason=because",
        "/v1/decisions?rule=%20",
        "/v1/decisions?customer=%00",
        "/v1/decisions?act_id=" + "x" * 201,
        "/v1/unthanked?limit=0",
        "/v1/unthanked?customer=",
    ],
)
async def test_what_breaks_a_rule_is_a_problem(running: Running, path: str) -> None:
    response = await running.client.get(path)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/decisions"), ("GET", "/v1/unthanked"), ("POST", SIMULATE)],
)
async def test_a_key_with_the_scope_is_needed(running: Running, method: str, path: str) -> None:
    other = running.infrastructure.keys.create("other", ["scores:read"])
    for header, status in (("", 401), (f"Bearer {other}", 403)):
        response = await running.client.request(
            method, path, headers={"Authorization": header}, json={}
        )
        assert response.status_code == status


async def test_the_survivor_answers_for_who_was_merged(running: Running) -> None:
    await decide(running.stores, make_occasion("1"), able=False, now=TIME)
    await decide(running.stores, make_occasion("2", "c-2"), able=False, now=TIME)
    await merge(running)
    for path in ("/v1/decisions", "/v1/unthanked"):
        query = {"customer": "c-2", "limit": "7"}
        moved = await running.client.get(path, params=query)
        assert moved.status_code == 308
        assert moved.headers["Location"] == f"{path}?limit=7&customer=c-1"
        assert moved.headers["Cache-Control"] == "no-store"
        there = await running.client.get(path, params=query, follow_redirects=True)
        found = [one.get("decision", one) for one in there.json()["data"]]
        assert [one["customer"] for one in found] == ["c-1", "c-1"]


async def test_of_an_erased_customer_nobody_is_named(running: Running) -> None:
    await decide(running.stores, make_occasion())
    await running.stores.customers.erase("c-1")
    (item,) = (await running.get("/v1/decisions"))["data"]
    assert (item["customer"], item["verdict"]) == (None, "thanked")
    assert await acts(running, customer="c-1") == []


async def simulate(running: Running, **body: Any) -> Any:
    known = {"customer": "c-1", "on": "purchase", "data": {"order_id": "7"}, **body}
    response = await running.client.post(SIMULATE, json=known)
    assert response.status_code == 200, response.text
    return response.json()


def dump(folder: Path) -> list[str]:
    """All that the notifier keeps."""
    (file,) = folder.rglob("notifier*.sqlite")
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as connection:
        return list(connection.iterdump())


async def test_what_would_be_decided_is_said_and_nothing_is_written(
    running: Running, tmp_path: Path
) -> None:
    await running.stores.customers.put([tell(make_customer())])
    await decide(running.stores, make_occasion("held", "c-2"), able=False, now=TIME)
    before = dump(tmp_path)
    found = await simulate(running)
    assert found["stands"] is False
    assert (found["decision"]["verdict"], found["decision"]["channel"]) == ("thanked", "email")
    assert found["text"]["language"] == "en"
    assert found["text"]["subject"]
    stranger = await simulate(running, customer="c-9")
    assert (stranger["decision"]["reason"], stranger["text"]) == ("unknown_customer", None)
    old = await simulate(running, time="2025-01-01T00:00:00Z")
    assert old["decision"]["reason"] == "stale"
    assert (await simulate(running, on="refund"))["decision"]["reason"] == "no_rule"
    assert dump(tmp_path) == before


async def test_what_stands_is_answered_as_it_stands(running: Running) -> None:
    await decide(running.stores, make_occasion(), able=False, now=TIME)
    found = await simulate(running, source="/shop", id="1001", customer="c-9")
    assert (found["stands"], found["decision"]["customer"]) == (True, "c-1")
    await running.stores.customers.erase("c-8")
    gone = await simulate(running, customer="c-8")
    assert (gone["decision"], gone["stands"]) == (None, False)


async def test_what_is_held_under_another_id_is_named_as_the_survivors(running: Running) -> None:
    stores = running.stores
    await decide(stores, make_occasion("held", "c-2"), able=False, now=TIME)
    await stores.customers.put([tell(make_customer())])
    await merge(running)
    found = await simulate(running)
    assert [one["customer"] for one in found["merges"]] == ["c-1"]


@pytest.mark.parametrize(
    "change",
    [
        {"on": "Purchase!"},
        {"customer": ""},
        {"customer": "\x00"},
        {"time": "2026-01-01T00:00:00"},
        {"time": "yesterday"},
        {"data": []},
        {"more": 1},
    ],
)
async def test_what_can_not_be_simulated_is_a_problem(
    running: Running, change: dict[str, Any]
) -> None:
    body = {"customer": "c-1", "on": "purchase", **change}
    response = await running.client.post(SIMULATE, json=body)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "data", ['{"a": "\\ud800"}', '{"a": NaN}', '{"a": ' + "[" * 900 + "]" * 900 + "}"]
)
async def test_hostile_data_is_refused_and_breaks_nothing(running: Running, data: str) -> None:
    body = f'{{"customer": "c-1", "on": "purchase", "data": {data}}}'
    response = await running.client.post(
        SIMULATE, content=body, headers={"Content-Type": "application/json"}
    )
    assert response.status_code < 500


async def test_the_list_is_empty_of_what_was_sent(running: Running) -> None:
    await decide(running.stores, make_occasion(), now=TIME + FAR)
    await send(running.stores)
    assert await acts(running, "/v1/unthanked") == []
