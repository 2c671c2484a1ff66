"""Profiles through the real app on a real MongoDB: in one go what SQLite is asked in detail."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.contracts import messages
from shared.storage.mongo import open_mongo
from tests.servers.mongod import Mongod
from tests.services.engagement.inbound.profile_app import (
    DECIDED,
    Running,
    act,
    answer,
    event,
    open_running,
    person,
    tombstone,
)

pytestmark = pytest.mark.live


@pytest.fixture
async def running(tmp_path: Path, private_mongod: Mongod) -> AsyncIterator[Running]:
    url = private_mongod.url
    async with open_running(tmp_path / "data", storage="mongodb", mongodb_url=url) as opened:
        yield opened


async def _documents_with(url: str, text: str) -> list[str]:
    async with open_mongo(url, "requite_engagement") as database:
        return [
            name
            for name in await database.list_collection_names()
            async for document in database[name].find({})
            if text in str(document)
        ]


async def test_a_customer_from_the_first_record_to_the_erasure(
    running: Running, private_mongod: Mongod
) -> None:
    await running.people(person("c-1", name="Xanthippe", aliases=("shop:1",)), person("c-2"))
    await running.acts(*(act(f"a{n}", "c-1" if n % 2 else "c-2", day=1 + n) for n in range(8)))
    await running.feedback(answer("r-1"))
    await running.messages(event(messages.DECIDED, "d", "c-1", "2026-05-30T10:00:01Z", DECIDED))
    await running.profile(until=lambda one: one["identity"] is not None)
    await running.shown(act=4, answer=1, message=1)
    await running.shown("c-2", act=4)
    written = await running.desk.post(
        "/v1/profiles/c-2/notes", json={"text": "knows Xanthippe"}, headers={"Idempotency-Key": "k"}
    )
    assert written.status_code == 201

    await running.people(person("c-2", 2, merged_into="c-1"))
    await running.wait_for_status("/v1/profiles/c-2", 308)
    whole = await running.shown(act=8, answer=1, message=1, note=1)
    seen = []
    cursor: str | None = ""
    while cursor is not None:
        place = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await running.desk.get("/v1/profiles/c-1/timeline", params=place)).json()
        seen += page["data"]
        cursor = page["next_cursor"]
    assert seen == whole["data"]

    for query in ("name=xan", "alias=shop:1", "id=c-2", "act=help&since=2026-05-08T00:00:00Z"):
        found = (await running.desk.get(f"/v1/profiles?{query}")).json()["data"]
        assert [one["customer"] for one in found] == ["c-1"], query

    tag = (await running.desk.get("/v1/profiles/c-1")).headers["ETag"]
    again = await running.desk.get("/v1/profiles/c-1", headers={"If-None-Match": tag})
    assert again.status_code == 304

    assert await _documents_with(private_mongod.url, "anthippe")
    await running.people(tombstone("c-1"), tombstone("c-2"))
    await running.wait_for_status("/v1/profiles/c-1", 404)
    while await _documents_with(private_mongod.url, "anthippe"):
        pass
    assert (await running.desk.get("/v1/profiles/c-2")).status_code == 404
