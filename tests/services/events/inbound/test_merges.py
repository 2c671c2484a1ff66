"""Merges over HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.services.events.inbound.running import Running, open_running

BODY = {"from": "c-2", "into": "c-1", "reason": "the same phone"}


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with open_running(tmp_path) as running:
        yield running


async def post(
    running: Running, status: int = 201, *, source: str = "c-2", into: str = "c-1", **more: Any
) -> Any:
    body = {**BODY, "from": source, "into": into, **more}
    response = await running.client.post("/v1/merges", json=body)
    assert response.status_code == status, response.text
    return response.json()


async def put(running: Running, customer: str, **body: Any) -> None:
    response = await running.client.put(f"/v1/customers/{customer}", json=body)
    assert response.status_code in (200, 201), response.text


async def test_a_merge_is_made_once(running: Running) -> None:
    merge = await post(running)
    assert {**BODY, "by": merge["by"]}.items() <= merge.items()
    assert len(merge["by"]) == 12
    assert (merge["merged_at"], merge["undo_until"], merge["undone_at"]) == (
        "2026-06-01T12:00:00Z",
        "2026-07-01T12:00:00Z",
        None,
    )
    assert await post(running, 200, reason=None) == merge
    for path in ("/v1/merges", "/v1/merges?customer=c-1", "/v1/merges?customer=c-2"):
        assert (await running.client.get(path)).json() == {"data": [merge], "next_cursor": None}
    assert (await running.client.get("/v1/merges?customer=c-3")).json()["data"] == []
    assert (await running.client.get(f"/v1/merges/{merge['id']}")).json() == merge


async def test_what_cannot_be_merged_is_refused_with_the_place(running: Running) -> None:
    await post(running)
    same = await post(running, 422, source="c-1")
    assert same["errors"] == [{"detail": "the same customer as in from", "pointer": "#/into"}]
    for changes, detail, pointer in (
        ({"into": "c-3"}, "This customer was merged into c-1 already", "#/from"),
        ({"source": "c-3", "into": "c-2"}, "This customer was itself merged into c-1", "#/into"),
    ):
        problem = await post(running, 409, **changes)
        assert problem["errors"] == [{"detail": detail, "pointer": pointer}]
    alias = await post(running, 422, into="shopify:shop:1")
    assert alias["errors"][0]["pointer"] == "#/into"
    assert (await post(running, 422, also=1))["errors"][0]["pointer"] == "#/also"


async def test_the_survivor_answers_for_both(running: Running) -> None:
    await put(running, "c-1", name="Ana")
    await put(running, "c/2", email="lima@example.com")
    await post(running, source="c/2")
    await post(running, source="c-1", into="c-3")
    moved = await running.client.get("/v1/customers/c%2F2")
    assert (moved.status_code, moved.headers["Location"]) == (308, "/v1/customers/c-3")
    assert moved.headers["Cache-Control"] == "no-store"
    survivor = (await running.client.get(moved.headers["Location"])).json()
    assert (survivor["id"], survivor["name"], survivor["email"]) == (
        "c-3",
        "Ana",
        "lima@example.com",
    )
    refused = await running.client.put("/v1/customers/c%2F2", json={"name": "Who"})
    assert refused.status_code == 409
    assert "c-3" in refused.json()["detail"]


async def test_the_survivor_of_an_id_with_a_slash_is_found(running: Running) -> None:
    await put(running, "c%2F1%3Fx", name="Ana")
    await post(running, into="c/1?x")
    moved = await running.client.get("/v1/customers/c-2", follow_redirects=True)
    assert (moved.status_code, moved.json()["id"]) == (200, "c/1?x")


async def test_undoing(running: Running) -> None:
    await put(running, "c-1", name="Ana")
    await put(running, "c-2", name="Lima", email="lima@example.com")
    merge = await post(running)
    undone = await running.client.delete(f"/v1/merges/{merge['id']}")
    assert undone.status_code == 200
    assert undone.json() == merge | {"undone_at": "2026-06-01T12:00:00Z"}
    assert (await running.client.get("/v1/customers/c-2")).json()["name"] == "Lima"
    assert (await running.client.get("/v1/customers/c-1")).json()["email"] is None
    assert (await running.client.delete(f"/v1/merges/{merge['id']}")).json() == undone.json()
    assert (await running.client.delete(f"/v1/merges/{'f' * 32}")).status_code == 404


async def test_a_survivor_who_was_merged_on_is_undone_last(running: Running) -> None:
    first = await post(running)
    await post(running, source="c-1", into="c-3")
    refused = await running.client.delete(f"/v1/merges/{first['id']}")
    assert refused.status_code == 409
    assert "undo that merge first" in refused.json()["detail"]


async def test_erasing_one_ends_the_merge(running: Running) -> None:
    await put(running, "c-1", name="Ana")
    merge = await post(running)
    assert (await running.client.delete("/v1/customers/c-2")).status_code == 204
    for path in ("/v1/customers/c-1", "/v1/customers/c-2", f"/v1/merges/{merge['id']}"):
        assert (await running.client.get(path)).status_code == 404


async def test_many_consents_of_two_are_all_shown(running: Running) -> None:
    for customer, day in (("c-1", 1), ("c-2", 2)):
        consents = [
            {
                "purpose": "thanks",
                "channel": "email",
                "state": "granted",
                "time": f"2026-01-{day:02}T00:00:{second:02}Z",
            }
            for second in range(50)
        ]
        await put(running, customer, consents=consents)
    await post(running)
    survivor = (await running.client.get("/v1/customers/c-1")).json()
    assert len(survivor["consents"]) == 100


async def test_pages(running: Running) -> None:
    made = [await post(running, source=f"m-{n}") for n in range(3)]
    first = (await running.client.get("/v1/merges", params={"limit": 2})).json()
    cursor = {"limit": 2, "cursor": first["next_cursor"]}
    rest = (await running.client.get("/v1/merges", params=cursor)).json()
    assert rest["next_cursor"] is None
    ids = [one["id"] for one in first["data"] + rest["data"]]
    assert sorted(ids) == sorted(one["id"] for one in made)
    far = {"cursor": f"{'9' * 14}-{'f' * 32}"}
    assert len((await running.client.get("/v1/merges", params=far)).json()["data"]) == 3


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/v1/merges"), ("DELETE", f"/v1/merges/{'f' * 32}")],
)
async def test_merging_needs_the_right_to_write_customers(
    running: Running, method: str, path: str
) -> None:
    key = running.infrastructure.keys.create("reader", ["customers:read"])
    refused = await running.client.request(
        method, path, json=BODY, headers={"Authorization": f"Bearer {key}"}
    )
    assert refused.status_code == 403
