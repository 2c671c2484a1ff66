"""The 360-degree view and its timeline, through the real app."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.contracts import feedback, messages
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


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with open_running(tmp_path) as opened:
        yield opened


async def test_a_profile_has_everything_that_is_known(running: Running) -> None:
    await running.people(
        person("c-1", name="Ana Müller", email="ana@example.com", aliases=("shop:1",))
    )
    await running.acts(act("a", day=28), act("b", day=30))
    await running.feedback(
        answer("r-1"),
        event(
            feedback.CASE_OPENED,
            "k.opened",
            "c-1",
            "2026-05-29T11:00:00Z",
            feedback.CaseOpened(case_id="k", cause="survey"),
        ),
        event(
            feedback.CASE_CLOSED,
            "k.closed",
            "c-1",
            "2026-05-29T12:00:00Z",
            feedback.CaseClosed(case_id="k", fix="voucher"),
        ),
    )
    delivered = messages.Delivered(message_id="m-1", channel="email", outcome="sent")
    await running.messages(
        event(messages.DECIDED, "d", "c-1", "2026-05-30T10:00:01Z", DECIDED),
        event(messages.DELIVERED, "e", "c-1", "2026-05-30T10:00:02Z", delivered),
    )
    found = await running.profile(
        until=lambda one: (
            one["identity"] is not None
            and one["score"]["acts"] == {"help": 2, "answer": 1}
            and len([shown for shown in one["timeline"]["data"] if shown["kind"] != "moment"]) == 7
        )
    )
    assert found["identity"]["name"] == "Ana Müller"
    assert found["identity_hidden"] is False
    assert found["excluded"] is None
    assert found["score"]["acts"] == {"help": 2, "answer": 1}
    assert found["score"]["total"] > 0
    assert found["score"]["entries"]
    assert found["first_act"] == "2026-05-28T10:00:00Z"
    assert found["last_act"] == "2026-05-30T10:00:00Z"
    told = [one for one in found["timeline"]["data"] if one["kind"] != "moment"]
    assert [one["kind"] for one in told] == [
        "message",
        "message",
        "act",
        "case",
        "case",
        "answer",
        "act",
    ]
    assert told[0]["message"]["outcome"] == "sent"
    assert told[1]["message"]["verdict"] == "thanked"
    assert told[1]["message"]["about"]["id"] == "7"
    assert told[2]["act"]["act"] == "help"
    assert told[3]["case"] == {"event": "closed", "case_id": "k", "cause": None, "fix": "voucher"}
    assert told[5]["answer"]["value"] == 9
    assert found["timeline"]["next_cursor"] is None


async def test_identity_is_for_who_may_read_customers(running: Running) -> None:
    await running.people(person("c-1", name="Ana Müller", excluded="staff"))
    await running.profile()
    response = await running.tool.get("/v1/profiles/c-1")
    assert response.json()["identity"] is None
    assert response.json()["identity_hidden"] is True
    assert response.json()["excluded"] == "staff"
    assert "Müller" not in response.text
    assert response.headers["Vary"] == "Authorization"


async def test_one_without_acts_and_one_without_a_record(running: Running) -> None:
    await running.people(person("c-1", name="Ana"))
    await running.acts(act("a", "c-2"))
    found = await running.profile("c-1")
    assert found["score"]["total"] == 0
    assert found["first_act"] is None
    found = await running.profile("c-2")
    assert found["identity"] is None
    assert found["identity_hidden"] is False
    assert (await running.desk.get("/v1/profiles/c-3")).status_code == 404
    assert (await running.desk.get("/v1/profiles/c-3/timeline")).status_code == 404


async def test_a_profile_is_not_sent_again_while_it_holds(running: Running) -> None:
    await running.acts(act("a"))
    await running.profile(until=lambda one: bool(one["timeline"]["data"]))
    first = await running.desk.get("/v1/profiles/c-1")
    tag = first.headers["ETag"]
    assert tag.startswith('W/"')

    async def again(known: str) -> int:
        headers = {"If-None-Match": known}
        return (await running.desk.get("/v1/profiles/c-1", headers=headers)).status_code

    assert await again(tag) == 304
    assert await again(f'"x", {tag.removeprefix("W/")}') == 304
    assert await again("*") == 304
    assert await again('"x"') == 200
    other = await running.tool.get("/v1/profiles/c-1", headers={"If-None-Match": tag})
    assert other.status_code == 200
    await running.desk.post("/v1/profiles/c-1/notes", json={"text": "called back"})
    assert await again(tag) == 200


async def test_a_merged_customer_is_the_other(running: Running) -> None:
    await running.acts(act("a", "c/1", day=28), act("b", "c-2"))
    await running.feedback(answer("r-1", "c/1"))
    await running.shown("c%2F1", act=1, answer=1)
    written = await running.desk.post("/v1/profiles/c%2F1/notes", json={"text": "old"})
    assert written.status_code == 201
    await running.people(person("c/1", 2, merged_into="c-2"))
    moved = await running.wait_for_status("/v1/profiles/c%2F1?x=1", 308)
    assert moved.headers["Location"] == "/v1/profiles/c-2?x=1"
    moved = await running.desk.get("/v1/profiles/c%2F1/timeline?limit=3")
    assert moved.headers["Location"] == "/v1/profiles/c-2/timeline?limit=3"
    found = await running.profile("c-2", until=lambda one: len(one["score"]["acts"]) == 2)
    told = {
        (one["kind"], one["told_of"])
        for one in found["timeline"]["data"]
        if one["kind"] != "moment"
    }
    assert told == {("act", None), ("act", "c/1"), ("answer", "c/1"), ("note", "c/1")}
    moved = await running.desk.post("/v1/profiles/c%2F1/notes", json={"text": "new"})
    assert (moved.status_code, moved.headers["Location"]) == (308, "/v1/profiles/c-2/notes")


async def test_a_slash_in_an_id_is_told_from_one_between(running: Running) -> None:
    await running.acts(act("a", "c/timeline"), act("b", "c"))
    found = await running.profile("c%2Ftimeline")
    assert found["customer"] == "c/timeline"
    await running.profile("c")
    page = (await running.desk.get("/v1/profiles/c/timeline")).json()
    assert [one["act"]["id"] for one in page["data"] if one["kind"] == "act"] == ["b"]


async def test_a_timeline_is_paged_while_more_comes(running: Running) -> None:
    await running.acts(*(act(f"a{n:02}", day=1 + n) for n in range(20)))
    await running.feedback(answer("r-1"), answer("r-2"))
    await running.shown(act=20, answer=2)
    whole = (await running.desk.get("/v1/profiles/c-1/timeline?limit=200")).json()
    kinds = [one["kind"] for one in whole["data"]]
    assert (kinds.count("act"), kinds.count("answer")) == (20, 2)
    seen = []
    cursor: str | None = ""
    while cursor is not None:
        query = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = (await running.desk.get("/v1/profiles/c-1/timeline", params=query)).json()
        assert len(page["data"]) <= 3
        seen += page["data"]
        cursor = page["next_cursor"]
        await running.desk.post("/v1/profiles/c-1/notes", json={"text": "new"})
    assert seen == whole["data"]


async def test_a_timeline_of_some_kinds(running: Running) -> None:
    await running.acts(act("a"))
    await running.feedback(answer("r-1"))
    await running.shown(answer=1)

    async def kinds(query: str) -> set[str]:
        page = await running.desk.get(f"/v1/profiles/c-1/timeline?{query}")
        return {one["kind"] for one in page.json()["data"]}

    assert await kinds("kinds=act") == {"act"}
    assert await kinds("kinds=answer&kinds=note") == {"answer"}
    wrong = await running.desk.get("/v1/profiles/c-1/timeline?kinds=acts")
    assert wrong.status_code == 422


@pytest.mark.parametrize(
    "query",
    ["cursor=%00", "cursor=x", "cursor=WzEsMl0", "limit=0", "limit=201", "cursor=WzFlMzAsImEiXQ"],
)
async def test_nonsense_is_refused(running: Running, query: str) -> None:
    response = await running.desk.get(f"/v1/profiles/c-1/timeline?{query}")
    assert response.status_code == 422
    assert response.json()["errors"]


async def test_an_erasure_leaves_nothing(running: Running) -> None:
    await running.people(person("c-1", name="Xanthippe", email="xanthippe@example.com"))
    await running.acts(act("a"))
    await running.feedback(answer("r-1"))
    await running.messages(event(messages.DECIDED, "d", "c-1", "2026-05-30T10:00:01Z", DECIDED))
    await running.profile(until=lambda one: one["identity"] is not None)
    await running.shown(act=1, answer=1, message=1)
    await running.desk.post("/v1/profiles/c-1/notes", json={"text": "Xanthippe called"})
    assert _files_with(running.folder, b"anthippe")
    await running.people(tombstone("c-1"))
    await running.wait_for_status("/v1/profiles/c-1", 404)
    while _files_with(running.folder, b"anthippe"):
        assert (await running.desk.get("/v1/profiles/c-1")).status_code == 404
    assert (await running.desk.get("/v1/profiles?name=xanth")).json()["data"] == []
    await running.people(person("c-1", 5, name="Somebody"))
    found = await running.profile("c-1")
    assert found["timeline"]["data"] == []


def _files_with(folder: Path, text: bytes) -> list[str]:
    """Files of the store; the log keeps its own records, and forgets them by compaction."""
    return [one.name for one in folder.glob("engagement.sqlite*") if text in one.read_bytes()]


async def test_scopes(running: Running) -> None:
    await running.acts(act("a"))
    await running.profile()
    key = running.infrastructure.keys.create("other", ["scores:read"])
    headers = {"Authorization": f"Bearer {key}"}
    for path in ("", "/timeline", "/changes"):
        refused = await running.tool.get(f"/v1/profiles/c-1{path}", headers=headers)
        assert refused.status_code == 403
    refused = await running.tool.post("/v1/profiles/c-1/notes", json={"text": "x"})
    assert refused.status_code == 403
    assert (await running.tool.get("/v1/profiles", headers=headers)).status_code == 403
