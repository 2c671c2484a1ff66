"""Scores over HTTP, on a real embedded log and store."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from services.engagement.app import create_app
from services.engagement.domain.compiling import compile_formula
from services.engagement.domain.profile import value
from services.engagement.ports.scores import ScoreStore
from shared.clock import ManualClock, epoch_ms
from shared.config import Settings
from shared.contracts.topics import ACTS, CUSTOMERS
from shared.messaging.ports import Record
from shared.runtime import Infrastructure, open_infrastructure
from tests.services.engagement.inbound.test_topics import NOW, make_delivery, make_record


@pytest.fixture
async def infrastructure(tmp_path: Path) -> AsyncIterator[Infrastructure]:
    async with open_infrastructure(Settings(data_dir=tmp_path), ManualClock(NOW)) as opened:
        yield opened


@pytest.fixture
async def client(infrastructure: Infrastructure) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(infrastructure)
    key = infrastructure.keys.create("test", ["scores:read", "programme:read"])
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://engagement",
            headers={"Authorization": f"Bearer {key}"},
        ) as opened,
    ):
        deliveries = [
            make_delivery(0, "purchase"),
            make_delivery(1, "refund"),
            *(make_delivery(n, time=f"2026-05-{n + 10}T10:00:00Z") for n in range(2, 9)),
        ]
        records = [Record(one.key, one.value, one.headers) for one in deliveries]
        await infrastructure.log.publish(ACTS.name, records)
        await _until(opened, lambda score: sum(score["acts"].values()) == len(records))
        yield opened


async def _until(client: httpx.AsyncClient, done: Callable[[dict[str, Any]], bool]) -> None:
    while True:
        response = await client.get("/v1/scores/c-1")
        if response.status_code == 200 and done(response.json()):
            return


async def test_a_score_says_what_it_is_made_of(
    client: httpx.AsyncClient, infrastructure: Infrastructure
) -> None:
    score = (await client.get("/v1/scores/c-1")).json()
    assert score["customer"] == "c-1"
    assert score["acts"] == {"purchase": 1, "refund": 1, "referral": 7}
    assert score["total"] == pytest.approx(sum(score["dimensions"].values()))
    assert score["money"] == [
        {"currency": "EUR", "gross": "42.50", "refunded": "12.50", "net": "30.00"}
    ]
    assert len(score["entries"]) == 5
    worths = [abs(entry["worth"]) for entry in score["entries"]]
    assert worths == sorted(worths, reverse=True)
    assert score["entries"][0]["act"] == "referral"
    assert score["formula"] == infrastructure.programme.formula.version
    assert score["as_of"] == "2026-06-01T00:00:00Z"
    assert score["level"]["start"] <= score["total"]
    assert score["next_level"] is None


async def test_the_number_of_entries_is_asked_for(client: httpx.AsyncClient) -> None:
    for asked in (0, 2, 20):
        found = (await client.get("/v1/scores/c-1", params={"entries": asked})).json()["entries"]
        assert len(found) == min(asked, 9)


@pytest.mark.parametrize("entries", ["", "-1", "21", "1.5", "x", "٣", "9" * 5000])
async def test_a_wrong_number_of_entries_is_refused(
    client: httpx.AsyncClient, entries: str
) -> None:
    response = await client.get("/v1/scores/c-1", params={"entries": entries})
    assert response.status_code == 422
    assert response.json()["errors"][0]["parameter"] == "entries"


@pytest.mark.parametrize(("customer", "status"), [("nobody", 404), ("", 404), ("c" * 201, 422)])
async def test_an_unknown_customer(client: httpx.AsyncClient, customer: str, status: int) -> None:
    response = await client.get(f"/v1/scores/{customer}")
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"


async def test_many_at_once_in_the_order_asked_for(client: httpx.AsyncClient) -> None:
    asked = {"customers": ["nobody", "c-1", "nobody"], "entries": 1}
    answer = (await client.post("/v1/scores:batchGet", json=asked)).json()
    assert [score["customer"] for score in answer["scores"]] == ["c-1"]
    assert len(answer["scores"][0]["entries"]) == 1
    assert answer["missing"] == ["nobody"]


async def _merge(
    client: httpx.AsyncClient, infrastructure: Infrastructure, revision: int, into: str | None
) -> None:
    told = msgspec.json.encode({"revision": revision, "merged_into": into})
    record = make_record(0, "c-1", told)
    await infrastructure.log.publish(
        CUSTOMERS.name, [Record(record.key, record.value, record.headers)]
    )
    status = 200 if into is None else 308
    while (await client.get("/v1/scores/c-1")).status_code != status:
        pass


async def test_a_merged_customer_answers_with_the_one_who_stayed(
    client: httpx.AsyncClient, infrastructure: Infrastructure
) -> None:
    before = (await client.get("/v1/scores/c-1")).json()
    await _merge(client, infrastructure, 1, "c/2")
    moved = await client.get("/v1/scores/c-1", params={"entries": 2})
    assert moved.status_code == 308
    assert moved.headers["location"] == "/v1/scores/c%2F2?entries=2"
    assert moved.headers["cache-control"] == "no-store"
    score = (await client.get("/v1/scores/c%2F2")).json()
    assert (score["customer"], score["merged_into"]) == ("c/2", None)
    assert score["total"] == pytest.approx(before["total"])
    assert {entry["told_of"] for entry in score["entries"]} == {"c-1"}
    many = {"customers": ["c-1", "c/2"]}
    answer = (await client.post("/v1/scores:batchGet", json=many)).json()
    told = [(one["customer"], one["merged_into"], one["total"]) for one in answer["scores"]]
    assert told == [("c-1", "c/2", score["total"]), ("c/2", None, score["total"])]
    await _merge(client, infrastructure, 2, None)
    assert (await client.get("/v1/scores/c-1")).json()["acts"] == before["acts"]
    assert (await client.get("/v1/scores/c%2F2")).status_code == 404


async def test_a_note_is_explained(
    client: httpx.AsyncClient, infrastructure: Infrastructure
) -> None:
    entries = (await client.get("/v1/scores/c-1", params={"entries": 20})).json()["entries"]
    (refund,) = (entry for entry in entries if entry["act"] == "refund")
    assert refund["note"] == "refund_without_order"
    assert refund["reason"] == "No order was named, so it takes back by its amount."
    assert {entry["reason"] for entry in entries if entry["note"] is None} == {None}


async def test_the_programmes_totals(client: httpx.AsyncClient) -> None:
    totals = (await client.get("/v1/programme/totals")).json()
    assert totals["customers"] == 1
    assert totals["money"][0]["net"] == "30.00"


async def test_every_operation_needs_its_scope(
    client: httpx.AsyncClient, infrastructure: Infrastructure
) -> None:
    other = infrastructure.keys.create("other", ["events:write"])
    headers = {"Authorization": f"Bearer {other}"}
    for method, path in [
        ("GET", "/v1/scores/c-1"),
        ("POST", "/v1/scores:batchGet"),
        ("GET", "/v1/programme/totals"),
    ]:
        body = {"customers": ["c-1"]} if method == "POST" else None
        refused = await client.request(method, path, json=body, headers=headers)
        assert refused.status_code == 403


async def test_what_is_shown_is_what_the_domain_says(
    client: httpx.AsyncClient, infrastructure: Infrastructure, tmp_path: Path
) -> None:
    shown = (await client.get("/v1/scores/c-1")).json()
    formula = compile_formula(infrastructure.programme.formula)
    store: ScoreStore = client._transport.app.state.engagement.read.store  # type: ignore[attr-defined]
    profiles = await store.profiles(["c-1"])
    score = value(profiles["c-1"], [], formula, epoch_ms(NOW), 0)
    assert shown["total"] == score.total
