"""Staff notes, through the real app."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.services.engagement.inbound.profile_app import Running, act, open_running, person

NOTES = "/v1/profiles/c-1/notes"


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with open_running(tmp_path) as opened:
        await opened.acts(act("a"), act("b", "c-2"))
        await opened.profile("c-1")
        await opened.profile("c-2")
        yield opened


async def notes(running: Running, customer: str = "c-1") -> list[str]:
    page = await running.desk.get(f"/v1/profiles/{customer}/timeline?kinds=note")
    return [one["note"]["text"] for one in page.json()["data"]]


async def test_a_note_stands_on_the_timeline_until_it_is_deleted(running: Running) -> None:
    written = await running.desk.post(NOTES, json={"text": " wants a call\nback \U0001f600 "})
    assert written.status_code == 201
    note = written.json()
    assert note["text"] == "wants a call\nback \U0001f600"
    assert note["author"] == "support desk"
    assert note["time"] == "2026-06-01T12:00:00Z"
    running.clock.advance(timedelta(minutes=1))
    await running.desk.post(NOTES, json={"text": "called"})
    assert await notes(running) == ["called", note["text"]]
    path = f"{NOTES}/{note['id']}"
    assert (await running.desk.delete(path.replace("c-1", "c-2"))).status_code == 404
    assert (await running.desk.delete(path)).status_code == 204
    assert (await running.desk.delete(path)).status_code == 404
    assert await notes(running) == ["called"]


async def test_the_same_request_again_keeps_one_note(running: Running) -> None:
    async def post(text: str, key: str, path: str = NOTES) -> tuple[int, str]:
        headers = {"Idempotency-Key": key}
        response = await running.desk.post(path, json={"text": text}, headers=headers)
        return response.status_code, response.json().get("id", "")

    first = await post("called", '"k"')
    assert first[0] == 201
    running.clock.advance(timedelta(minutes=1))
    assert await post("called", "k") == first
    assert (await post("called", "other"))[1] != first[1]
    assert (await post("wrote", "k"))[0] == 422
    assert (await post("called", "k", NOTES.replace("c-1", "c-2")))[0] == 422
    assert (await post("called", '"', NOTES))[0] == 422
    assert await notes(running) == ["called", "called"]
    assert await notes(running, "c-2") == []


@pytest.mark.parametrize(
    "body", [{}, {"text": ""}, {"text": " \n"}, {"text": "x" * 4001}, {"a": 1}]
)
async def test_what_is_no_note_is_refused(running: Running, body: dict[str, str]) -> None:
    refused = await running.desk.post(NOTES, json=body)
    assert refused.status_code == 422
    assert await notes(running) == []


async def test_nobody_has_no_notes(running: Running) -> None:
    assert (await running.desk.post("/v1/profiles/x/notes", json={"text": "y"})).status_code == 404
    assert (await running.desk.delete(f"/v1/profiles/x/notes/{'0' * 32}")).status_code == 404
    assert (await running.desk.delete(f"{NOTES}/1")).status_code == 422


async def test_a_note_follows_a_merge_and_its_end(running: Running) -> None:
    note = (await running.desk.post(NOTES, json={"text": "called"})).json()
    await running.people(person("c-1", 1, merged_into="c-2"))
    await running.wait_for_status("/v1/profiles/c-1", 308)
    assert await notes(running, "c-2") == ["called"]
    moved = await running.desk.delete(f"{NOTES}/{note['id']}")
    assert moved.headers["Location"] == f"/v1/profiles/c-2/notes/{note['id']}"
    await running.people(person("c-1", 2))
    await running.wait_for_status("/v1/profiles/c-1", 200)
    assert await notes(running) == ["called"]
    assert await notes(running, "c-2") == []
