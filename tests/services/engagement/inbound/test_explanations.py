"""Why a score is what it is, and what it was, over HTTP on a real embedded log and store."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from services.engagement.app import create_app
from shared.clock import ManualClock
from shared.config import Settings
from shared.contracts.topics import ACTS, CUSTOMERS
from shared.messaging.ports import Record
from shared.runtime import Infrastructure, open_infrastructure
from tests.services.engagement.inbound.test_topics import NOW, make_delivery, make_record

ACTS_TOLD = 10


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
async def infrastructure(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Infrastructure]:
    async with open_infrastructure(Settings(data_dir=tmp_path), clock) as opened:
        yield opened


async def publish(infrastructure: Infrastructure, customer: str, name: str) -> None:
    """Two purchases, a refund and a help each day for a week."""
    acts = [
        make_delivery(0, "purchase", id=f"{customer} p", subject=customer),
        make_delivery(1, "refund", id=f"{customer} r", subject=customer),
        make_delivery(2, "review", id=f"{customer} v", subject=customer),
        *(
            make_delivery(
                n,
                "help",
                id=f"{customer} h{n}",
                subject=customer,
                time=f"2026-05-{n + 10}T10:00:00Z",
            )
            for n in range(3, ACTS_TOLD)
        ),
    ]
    records = [Record(customer.encode(), one.value, one.headers) for one in acts]
    await infrastructure.log.publish(ACTS.name, records)
    told = msgspec.json.encode({"revision": 1, "leaderboard_name": name})
    record = make_record(0, customer, told)
    await infrastructure.log.publish(
        CUSTOMERS.name, [Record(record.key, record.value, record.headers)]
    )


@pytest.fixture
async def client(
    infrastructure: Infrastructure, clock: ManualClock
) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(infrastructure)
    key = infrastructure.keys.create("test", ["scores:read"])
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://engagement",
            headers={"Authorization": f"Bearer {key}"},
        ) as opened,
    ):
        for customer, name in (("c-1", "Ana"), ("c/explain", "Bob")):
            await publish(infrastructure, customer, name)
        for id in ("c-1", "c%2Fexplain"):
            await until(opened, f"/v1/scores/{id}", lambda found: _acts(found) == ACTS_TOLD, clock)
        await until(
            opened, "/v1/leaderboards/engagement", lambda found: found["customers"] == 2, clock
        )
        yield opened


async def until(
    client: httpx.AsyncClient, path: str, done: Callable[[Any], bool], clock: ManualClock
) -> dict[str, Any]:
    """Asked again and again, each time a minute later, since rankings are answered twice."""
    while True:
        response = await client.get(path)
        if response.status_code == 200 and done(response.json()):
            found: dict[str, Any] = response.json()
            return found
        clock.advance(timedelta(minutes=1))


def _acts(score: dict[str, Any]) -> int:
    return sum(score["acts"].values())


def exact(number: float) -> Decimal:
    return Decimal(repr(number))


async def test_an_explanation_adds_up_to_the_score(client: httpx.AsyncClient) -> None:
    found = (await client.get("/v1/scores/c-1/explain")).json()
    score = (await client.get("/v1/scores/c-1", params={"at": found["as_of"]})).json()
    assert found["total"] == round(score["total"], 2)
    assert found["formula"] == score["formula"]
    assert found["level"] == score["level"]
    shares = [exact(one["worth"]) for one in found["dimensions"].values()]
    assert sum(shares) + exact(found["lifted"]) == exact(found["total"])
    worths = [exact(line["worth"]) for line in found["lines"]]
    assert sum(worths) + exact(found["faded"]["worth"]) == exact(found["total"])
    assert found["lines_in_all"] == len(found["lines"])
    assert found["next_cursor"] is None
    for line in found["lines"]:
        assert exact(line["earned"]) - exact(line["age_took"]) == exact(line["worth"])
        assert line["sentence"].endswith(".")
    for share in found["scores"].values():
        parts = sum(exact(units) for units in share["dimensions"].values())
        assert parts + exact(share["lifted"]) == exact(share["total"])


async def test_pages_have_every_line_once_and_go_on_at_the_same_time(
    client: httpx.AsyncClient, clock: ManualClock
) -> None:
    whole = (await client.get("/v1/scores/c-1/explain")).json()
    lines: list[dict[str, Any]] = []
    params: dict[str, Any] = {"limit": 3, "at": whole["as_of"]}
    while True:
        page = (await client.get("/v1/scores/c-1/explain", params=params)).json()
        lines += page["lines"]
        assert {name: page[name] for name in ("total", "as_of", "lines_in_all")} == {
            name: whole[name] for name in ("total", "as_of", "lines_in_all")
        }
        if page["next_cursor"] is None:
            break
        clock.advance(timedelta(days=30))
        params = {"limit": 3, "cursor": page["next_cursor"]}
    assert lines == whole["lines"]


async def test_the_next_level_its_ways_and_the_loss(client: httpx.AsyncClient) -> None:
    found = (await client.get("/v1/scores/c-1/explain")).json()
    step = found["next"]["engagement"]
    assert step["missing"] == pytest.approx(step["level"]["start"] - found["total"], abs=0.01)
    ways = {way["act"]: way for way in step["ways"]}
    assert "refund" not in ways
    assert Decimal(ways["purchase"]["amount"]) > 0
    assert "EUR of purchase, at the programme's margin rate." in ways["purchase"]["sentence"]
    referrals = ways["referral"]
    assert referrals["times"] == -(-step["missing"] // 25)
    assert len(step["ways"]) <= 5
    assert not {"answer", "welcome", "complaint"} & ways.keys()
    for number in (step["missing"], *(way["points"] for way in step["ways"])):
        assert number == round(number, 2)
    assert (found["loss"] is None) == (found["level"]["start"] == 0)


async def test_a_past_score_is_that_of_the_acts_by_then(client: httpx.AsyncClient) -> None:
    at = "2026-05-15T12:00:00+02:00"
    score = (await client.get("/v1/scores/c-1", params={"at": at})).json()
    assert score["acts"] == {"help": 3}
    assert score["as_of"] == "2026-05-15T10:00:00Z"
    assert score["total"] == pytest.approx(30, abs=0.3)
    found = (await client.get("/v1/scores/c-1/explain", params={"at": at})).json()
    assert found["total"] == round(score["total"], 2)
    many = {"customers": ["c-1", "nobody"], "at": at, "entries": 2}
    answer = (await client.post("/v1/scores:batchGet", json=many)).json()
    assert answer["scores"][0]["total"] == score["total"]
    assert len(answer["scores"][0]["entries"]) == 2
    assert answer["missing"] == ["nobody"]
    before = await client.get("/v1/scores/c-1", params={"at": "2020-01-01T00:00:00Z"})
    assert before.status_code == 404


async def test_now_is_what_is_answered_without_a_time(client: httpx.AsyncClient) -> None:
    now = (await client.get("/v1/scores/c-1")).json()
    asked = (await client.get("/v1/scores/c-1", params={"at": now["as_of"]})).json()
    assert asked == now
    assert now["excluded"] is None
    assert now["links"]["engagement"] == now["total"]
    assert set(now["scores"]) == {"ambassador"}


@pytest.mark.parametrize(
    "at",
    ["", "yesterday", "2026-05-01", "2026-05-01T00:00:00", "1700000000", "2099-01-01T00:00:00Z"],
)
async def test_a_wrong_time_is_refused(client: httpx.AsyncClient, at: str) -> None:
    for path in ("/v1/scores/c-1", "/v1/scores/c-1/explain"):
        response = await client.get(path, params={"at": at})
        assert response.status_code == 422
        (error,) = response.json()["errors"]
        assert (error["parameter"], error["in"]) == ("at", "query")
    body = {"customers": ["c-1"], "at": at}
    refused = await client.post("/v1/scores:batchGet", json=body)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "#/at"


async def test_many_at_another_time_are_fewer(client: httpx.AsyncClient) -> None:
    body = {"customers": [f"{n}" for n in range(101)], "at": "2026-05-01T00:00:00Z"}
    response = await client.post("/v1/scores:batchGet", json=body)
    assert response.json()["errors"][0]["pointer"] == "#/customers"


async def test_a_wrong_cursor_is_refused(client: httpx.AsyncClient) -> None:
    for cursor in ("x", f"1-{'0' * 31}", f"1780000000000-{'0' * 32}"):
        response = await client.get("/v1/scores/c-1/explain", params={"cursor": cursor})
        assert response.status_code == 422
        (error,) = response.json()["errors"]
        assert (error["parameter"], error["in"]) == ("cursor", "query")


async def test_an_id_that_ends_like_a_path_is_told_by_its_encoding(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.get("/v1/scores/c%2Fexplain")).json()["customer"] == "c/explain"
    found = (await client.get("/v1/scores/c%2Fexplain/explain")).json()
    assert found["customer"] == "c/explain"
    assert (await client.get("/v1/scores/c/explain")).status_code == 404
    assert (await client.get("/v1/scores/c/explain/explain")).status_code == 404


async def test_a_merged_customer_is_explained_by_the_one_who_stayed(
    client: httpx.AsyncClient, infrastructure: Infrastructure, clock: ManualClock
) -> None:
    record = make_record(0, "c-1", msgspec.json.encode({"revision": 2, "merged_into": "c/2"}))
    await infrastructure.log.publish(
        CUSTOMERS.name, [Record(record.key, record.value, record.headers)]
    )
    await until(client, "/v1/scores/c%2F2", lambda found: _acts(found) == ACTS_TOLD, clock)
    for path in ("", "/explain"):
        moved = await client.get(f"/v1/scores/c-1{path}?at=2026-05-15T00:00:00Z")
        assert moved.status_code == 308
        assert moved.headers["location"] == f"/v1/scores/c%2F2{path}?at=2026-05-15T00:00:00Z"
    found = (await client.get("/v1/scores/c%2F2/explain")).json()
    assert found["lines"][0]["acts"][0]["told_of"] == "c-1"


async def test_a_leaderboard_shows_names_and_ids_to_who_may_see_them(
    client: httpx.AsyncClient, infrastructure: Infrastructure
) -> None:
    found = (await client.get("/v1/leaderboards/engagement")).json()
    assert [(one["rank"], one["name"]) for one in found["ranks"]] == [(1, "Ana"), (1, "Bob")]
    assert "customer" not in found["ranks"][0]
    key = infrastructure.keys.create("more", ["scores:read", "profiles:read"])
    headers = {"Authorization": f"Bearer {key}"}
    around = await client.get(
        "/v1/leaderboards/ambassador", params={"around": "c/explain"}, headers=headers
    )
    assert [one["customer"] for one in around.json()["ranks"]] == ["c-1", "c/explain"]
    score = (await client.get("/v1/scores/c-1")).json()
    assert around.json()["ranks"][0]["score"] == round(score["scores"]["ambassador"]["total"], 2)
    assert around.json()["customers"] == 2


async def test_which_leaderboards_there_are(client: httpx.AsyncClient) -> None:
    found = (await client.get("/v1/leaderboards")).json()
    assert found["scores"] == ["engagement", "ambassador"]
    assert sorted(found["dimensions"]) == ["advocacy", "commerce", "community", "voice"]
    for path in ("nothing", "link", "engagement?circle=nobody", "engagement?around=nobody"):
        assert (await client.get(f"/v1/leaderboards/{path}")).status_code == 404
    assert (await client.get("/v1/leaderboards/engagement?limit=101")).status_code == 422


async def test_every_operation_needs_its_scope(
    client: httpx.AsyncClient, infrastructure: Infrastructure
) -> None:
    other = infrastructure.keys.create("other", ["profiles:read"])
    headers = {"Authorization": f"Bearer {other}"}
    for path in ("scores/c-1/explain", "leaderboards", "leaderboards/engagement"):
        assert (await client.get(f"/v1/{path}", headers=headers)).status_code == 403
