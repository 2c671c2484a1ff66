"""Segments and circles over HTTP, through the real app with the shipped programme."""

import csv
import io
import json
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.engagement.domain.membership import Difference, Group, Membership
from services.engagement.inbound.member_export import export
from services.engagement.use_cases.groups import ReadGroups
from shared.clock import epoch_ms
from shared.config import DEFAULT_PROGRAMME
from shared.errors import Unavailable
from tests.services.engagement.inbound.profile_app import (
    NOW,
    Answer,
    Running,
    act,
    open_running,
    person,
    tombstone,
)

NEW, HELPERS = Group("segment", "new"), Group("circle", "helpers")
SINCE = "2026-06-01T12:00:00Z"
MEMBERS = "/v1/circles/helpers/members"


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with open_running(tmp_path, segments_seconds=1) as opened:
        yield opened


async def put(running: Running, group: Group, *customers: str) -> None:
    groups: ReadGroups = running.app.state.engagement.groups
    rows = [Membership(group, customer, epoch_ms(NOW), "rule") for customer in customers]
    await groups.memberships.change(Difference(rows, ()))  # type: ignore[attr-defined]


async def quiet(running: Running) -> None:
    """Once the refresh at the start is over, and the next is far."""

    async def look() -> Answer | None:
        found: Answer = (await running.desk.get("/v1/segments")).json()
        return found if found["data"][0]["refreshed_at"] else None

    await running.wait(look)


async def get(running: Running, path: str) -> Any:
    response = await running.tool.get(path)
    assert response.status_code == 200, response.text
    return response.json()


async def test_acts_lead_into_segments_and_circles(running: Running) -> None:
    await running.acts(*(act(f"{day}", day=day) for day in range(10, 15)))

    async def look() -> Answer | None:
        running.clock.advance(timedelta(seconds=1))
        found: Answer = (await running.tool.get("/v1/circles/helpers")).json()
        return found if found["data"] else None

    circle = await running.wait(look)
    assert circle["members"] == 1
    assert [(one["customer"], one["by"]) for one in circle["data"]] == [("c-1", "rule")]
    segments = {one["name"]: one for one in (await get(running, "/v1/segments"))["data"]}
    assert segments.keys() == {"at-risk", "champions", "new"}
    assert (segments["new"]["members"], segments["champions"]["members"]) == (1, 0)
    profile = await running.profile()
    assert "new" in json.dumps(profile)


async def test_a_segment_shows_its_rule_and_members_page_by_page(running: Running) -> None:
    await quiet(running)
    ids = ["=1", "a/b", "c-1", "é"]
    await put(running, NEW, *ids)
    whole = await get(running, "/v1/segments/new")
    assert whole["title"] == "New"
    assert whole["when"] == "days_since_first <= 30"
    assert whole["members"] == 4
    assert whole["refreshed_at"] == SINCE
    assert whole["data"][0] == {"customer": "=1", "since": SINCE, "by": "rule"}
    assert whole["next_cursor"] is None
    seen: list[str] = []
    page = await get(running, "/v1/segments/new?limit=2")
    while True:
        seen += [one["customer"] for one in page["data"]]
        if page["next_cursor"] is None:
            break
        page = await get(running, f"/v1/segments/new?limit=2&cursor={page['next_cursor']}")
    assert seen == ids


async def test_a_circle_shows_its_story(running: Running) -> None:
    (circle,) = (await get(running, "/v1/circles"))["data"]
    assert circle["story"].startswith("Customers who help")
    assert circle["by_hand"] is True
    assert circle["leaderboard"] is True
    assert circle["touchpoints"] == [
        {"name": "monthly-round", "schedule": "FREQ=MONTHLY;BYDAY=1MO", "at": "10:00"}
    ]
    assert circle["members"] == 0


async def test_a_circle_without_a_leaderboard_has_none(tmp_path: Path) -> None:
    programme = tmp_path / "programme"
    shutil.copytree(DEFAULT_PROGRAMME, programme)
    circles = programme / "circles"
    told = (circles / "helpers.yaml").read_text()
    (circles / "quiet.yaml").write_text(told.replace("leaderboard: true", "leaderboard: false"))
    async with open_running(tmp_path / "data", programme_dir=programme) as running:
        key = running.infrastructure.keys.create("ranking", ["scores:read"])
        headers = {"Authorization": f"Bearer {key}"}
        boards = await running.tool.get("/v1/leaderboards", headers=headers)
        assert boards.json()["circles"] == ["helpers"]
        for circle, status in (("helpers", 200), ("quiet", 404)):
            path = f"/v1/leaderboards/engagement?circle={circle}"
            assert (await running.tool.get(path, headers=headers)).status_code == status


async def test_json_lines_end_with_the_number_of_members(running: Running) -> None:
    await quiet(running)
    ids = [f"c-{number:04}" for number in range(2500)]
    await put(running, NEW, *ids)
    response = await running.tool.get("/v1/segments/new/members")
    assert response.headers["content-type"] == "application/jsonl"
    assert response.headers["content-disposition"] == 'attachment; filename="new.jsonl"'
    *rows, last = [json.loads(line) for line in response.text.splitlines()]
    assert last == {"members": 2500}
    assert [row["customer"] for row in rows] == ids
    assert rows[0] == {"customer": "c-0000", "since": "2026-06-01T12:00:00.000Z", "by": "rule"}


async def test_csv_holds_no_formulas(running: Running) -> None:
    await quiet(running)
    ids = ["\tx", '=HYPERLINK("x")', "+1", "-1", "@x", 'a"b', "a,b", "a\nb", "c-1"]
    await put(running, HELPERS, *ids)
    response = await running.tool.get(f"{MEMBERS}?format=csv")
    assert response.headers["content-type"].startswith("text/csv; charset=utf-8")
    header, *rows = csv.reader(io.StringIO(response.text, newline=""))
    assert header == ["customer", "since", "by"]
    guarded = {f"'{id}" if id[0] in "=+-@\t" else id for id in ids}
    assert {row[0] for row in rows} == guarded
    assert response.text.count("\r\n") == len(ids) + 1


async def test_a_stream_that_breaks_off_has_no_end() -> None:
    async def members() -> AsyncIterator[list[Membership]]:
        yield [Membership(NEW, "c-1", 1, "rule")]
        raise Unavailable("away")

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "asgi": {"spec_version": "2.4"}, "method": "GET", "headers": []}
    with pytest.raises(Unavailable):
        await export("new", members(), "jsonl")(scope, receive, send)
    assert sent[-1]["more_body"] is True
    assert b"members" not in sent[-1]["body"]


async def test_a_customer_is_put_in_and_taken_out_by_hand(running: Running) -> None:
    path = f"{MEMBERS}/a%2Fb"
    await running.people(person("a/b"))
    await running.wait_for_status("/v1/profiles/a%2Fb", 200)
    for _ in range(2):
        assert (await running.desk.put(path)).status_code == 204
    circle = await get(running, "/v1/circles/helpers")
    assert circle["data"] == [{"customer": "a/b", "since": SINCE, "by": "hand"}]
    assert circle["members"] == 1
    for _ in range(2):
        assert (await running.desk.delete(path)).status_code == 204
    assert (await get(running, "/v1/circles/helpers"))["data"] == []


async def test_whom_nobody_knows_is_put_into_no_circle(running: Running) -> None:
    for id in ("nobody", "nobody%00"):
        refused = await running.desk.put(f"{MEMBERS}/{id}")
        assert refused.status_code == 404, id
    assert (await get(running, "/v1/circles/helpers"))["members"] == 0
    assert (await running.desk.delete(f"{MEMBERS}/nobody")).status_code == 204
    await running.acts(act("1", "acts only"))
    await running.shown("acts only", act=1)
    await running.people(person("old", merged_into="acts only"))
    await running.wait_for_status("/v1/profiles/old", 308)
    for id in ("acts%20only", "old"):
        assert (await running.desk.put(f"{MEMBERS}/{id}")).status_code == 204
    assert (await get(running, "/v1/circles/helpers"))["members"] == 1


async def test_what_cannot_be_an_id_is_told_by_its_parameter(running: Running) -> None:
    refused = await running.desk.delete(f"{MEMBERS}/a%0Ab")
    assert refused.status_code == 422
    assert refused.json()["errors"] == [
        {"detail": "not a customer's id", "parameter": "customer", "in": "path"}
    ]


async def test_a_merge_and_an_erasure_reach_the_circles(running: Running) -> None:
    await running.people(person("old"))
    await running.wait_for_status("/v1/profiles/old", 200)
    assert (await running.desk.put(f"{MEMBERS}/old")).status_code == 204

    async def members(*expected: str) -> Answer:
        async def look() -> Answer | None:
            found: Answer = (await running.tool.get("/v1/circles/helpers")).json()
            ids = [one["customer"] for one in found["data"]]
            return found if ids == list(expected) else None

        return await running.wait(look)

    await running.people(person("old", 2, merged_into="new"))
    await members("new")
    await running.people(tombstone("new"))
    await members()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/segments/unheard-of", 404),
        ("GET", "/v1/segments/unheard-of/members", 404),
        ("GET", "/v1/circles/unheard-of", 404),
        ("GET", "/v1/circles/unheard-of/members", 404),
        ("PUT", "/v1/circles/unheard-of/members/c-1", 404),
        ("DELETE", "/v1/circles/unheard-of/members/c-1", 404),
        ("GET", "/v1/segments/new?limit=0", 422),
        ("GET", "/v1/segments/new?cursor=e30", 422),
        ("GET", "/v1/segments/new?cursor=!", 422),
        ("GET", "/v1/segments/new/members?format=xml", 422),
        ("PUT", f"{MEMBERS}/{'x' * 201}", 422),
    ],
)
async def test_what_is_refused(running: Running, method: str, path: str, status: int) -> None:
    response = await running.desk.request(method, path)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"


async def test_scopes(running: Running) -> None:
    assert (await running.tool.put(f"{MEMBERS}/c-1")).status_code == 403
    assert (await running.tool.delete(f"{MEMBERS}/c-1")).status_code == 403
    key = running.infrastructure.keys.create("other", ("scores:read",))
    paths = ("/v1/segments", "/v1/segments/new", "/v1/segments/new/members", "/v1/circles")
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(running.app),
        base_url="http://engagement",
        headers={"Authorization": f"Bearer {key}"},
    ) as stranger:
        for path in (*paths, "/v1/circles/helpers", MEMBERS):
            assert (await stranger.get(path)).status_code == 403, path
