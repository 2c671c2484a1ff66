"""Search, through the real app."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.engagement.domain.membership import Difference, Group, Membership
from services.engagement.storage.sqlite import SqliteMembershipStore
from services.engagement.use_cases.searching import SearchProfiles
from tests.services.engagement.inbound.profile_app import Running, act, open_running, person


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with open_running(tmp_path) as opened:
        await opened.people(
            person("c-1", name="Ana Müller", aliases=("shop:1", "forum:ana")),
            person("c-2", name="Anton Ana", aliases=("shop:2",)),
            person("c-3", name="Eva", aliases=("shop:3",)),
            person("c-4", name="Anna without acts"),
        )
        await opened.acts(
            act("a", "c-1", day=1),
            act("b", "c-1", "referral", day=20),
            act("c", "c-2", day=10),
            act("d", "c-3", "referral", day=15),
            *(act(f"r{n}", "c-5", "referral", day=1 + n) for n in range(25)),
        )
        for id, acts in {"c-1": 2, "c-2": 1, "c-3": 1, "c-5": 25}.items():
            await opened.shown(id, act=acts)
        for id in ("c-1", "c-2", "c-3", "c-4"):
            await opened.profile(id, until=lambda one: one["identity"] is not None)
        yield opened


async def found(running: Running, query: str) -> list[str]:
    response = await running.desk.get(f"/v1/profiles?{query}")
    assert response.status_code == 200, response.text
    assert response.json()["next_cursor"] is None
    return [one["customer"] for one in response.json()["data"]]


QUERIES = {
    "id=c-1": ["c-1"],
    "id=c-4": ["c-4"],
    "id=c-9": [],
    "alias=forum:ana": ["c-1"],
    "alias=forum": [],
    "name=ana": ["c-1", "c-2"],
    "name=AN": ["c-1", "c-2", "c-4"],
    "name=m%C3%BCll%20ana": ["c-1"],
    "name=%25an": ["c-1", "c-2", "c-4"],
    "act=referral": ["c-1", "c-3", "c-5"],
    "act=referral&since=2026-05-16T00:00:00Z": ["c-1", "c-5"],
    "act=help&since=2026-05-02T00:00:00Z": ["c-2"],
    "act=help&until=2026-05-01T10:00:00Z": [],
    "act=help&until=2026-05-01T10:00:00.001Z": ["c-1"],
    "since=2026-05-15T00:00:00Z&until=2026-05-21T00:00:00Z": ["c-1", "c-3"],
    "name=an&act=referral": ["c-1"],
    "id=c-1&name=eva": [],
    "id=c-1&alias=shop:1&name=ana&act=help": ["c-1"],
    "alias=shop:2&act=referral": [],
    "name=an&since=2026-05-01T00:00:00Z": ["c-1", "c-2"],
    "": ["c-1", "c-2", "c-3", "c-5"],
}


async def test_everything_has_to_apply(running: Running) -> None:
    for query, customers in QUERIES.items():
        assert sorted(await found(running, query)) == customers, query


async def test_a_level_is_one_of_the_programme(running: Running) -> None:
    levels = {id: (await running.profile(id))["score"]["level"]["name"] for id in ("c-1", "c-5")}
    assert levels["c-1"] != levels["c-5"]
    assert await found(running, f"level={levels['c-5']}") == ["c-5"]
    assert "c-1" in await found(running, f"level={levels['c-1']}")


async def test_a_segment_leads_to_its_members(tmp_path: Path, running: Running) -> None:
    search: SearchProfiles = running.app.state.engagement.search
    segment = sorted(search.segments)[0]
    store = search.memberships
    assert isinstance(store, SqliteMembershipStore)
    group = Group("segment", segment)
    put = [Membership(group, id, 0, "rule") for id in ("c-2", "c-5")]
    drop = [(one.group, one.customer) for one in await store.members(group, "", 100)]
    await store.change(Difference(put, drop))
    assert await found(running, f"segment={segment}") == ["c-2", "c-5"]
    assert await found(running, f"segment={segment}&act=referral") == ["c-5"]
    assert await found(running, f"segment={segment}&name=ana") == ["c-2"]


async def test_pages_have_everybody_once(running: Running) -> None:
    for query in ("name=an", "act=referral", "since=2026-05-01T00:00:00Z"):
        seen: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            params = f"{query}&limit=1" + (f"&cursor={cursor}" if cursor else "")
            page = (await running.desk.get(f"/v1/profiles?{params}")).json()
            assert len(page["data"]) <= 1
            seen += [one["customer"] for one in page["data"]]
            cursor = page["next_cursor"]
        assert len(seen) == len(set(seen))
        assert sorted(seen) == sorted(await found(running, query))


async def test_what_is_known_is_shown(running: Running) -> None:
    (one,) = (await running.desk.get("/v1/profiles?id=c-1")).json()["data"]
    assert one["name"] == "Ana Müller"
    assert one["last_act"] == "2026-05-20T10:00:00Z"
    assert one["total"] > 0
    (one,) = (await running.desk.get("/v1/profiles?id=c-4")).json()["data"]
    assert (one["level"], one["total"], one["last_act"]) == (None, None, None)


async def test_names_are_for_who_may_read_customers(running: Running) -> None:
    for query in ("name=ana", "alias=shop:1"):
        refused = await running.tool.get(f"/v1/profiles?{query}")
        assert refused.status_code == 403
        assert "customers:read" in refused.headers["WWW-Authenticate"]
    (one,) = (await running.tool.get("/v1/profiles?id=c-1")).json()["data"]
    assert one["name"] is None


async def test_who_was_merged_is_found_as_the_other(running: Running) -> None:
    await running.people(person("c-1", 2, merged_into="c-2"))
    await running.wait_for_status("/v1/profiles/c-1", 308)
    assert await found(running, "id=c-1") == ["c-2"]
    assert await found(running, "alias=shop:1") == []
    assert await found(running, "act=referral") == ["c-2", "c-3", "c-5"]


NONSENSE = (
    *("level=king", "segment=nobody", "act=nothing", "name=%E2%80%A6", "name=.*", "id=", "limit=0"),
    *("since=yesterday", "since=2026-05-02T00:00:00Z&until=2026-05-01T00:00:00Z"),
    *("cursor=x", "cursor=WzEsMl0", "cursor=%00", "id=" + "x" * 201),
)


async def test_nonsense_is_refused_with_its_place(running: Running) -> None:
    for query in NONSENSE:
        refused = await running.desk.get(f"/v1/profiles?{query}")
        assert refused.status_code == 422, query
        (error,) = refused.json()["errors"]
        assert error.keys() == {"detail", "parameter", "in"}, query
        assert error["in"] == "query"
        assert error["parameter"] in (query.partition("=")[0], "until"), query
