"""What can't be kept or shown is refused where it comes in."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from shared.web.keys import Scope
from tests.services.notifier.running import Running, open_running

DEEP = '{"a":' * 400 + "1" + "}" * 400


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with open_running(tmp_path) as opened:
        yield opened


async def post(running: Running, path: str, body: str, scope: Scope) -> tuple[int, Any]:
    key = running.infrastructure.keys.create("other", [scope])
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    answer = await running.client.post(path, content=body, headers=headers)
    return answer.status_code, answer.json()


ASKED = ("/v1/messages", "messages:write", {"id": "1", "customer": "c-1", "rule": "x"})
TRIED = ("/v1/decisions:simulate", "decisions:read", {"customer": "c-1", "on": "purchase"})


@pytest.mark.parametrize(("path", "scope", "body"), [ASKED, TRIED])
async def test_a_payload_must_be_text_that_can_be_written(
    running: Running, path: str, scope: Scope, body: dict[str, str]
) -> None:
    for data in ('{"order_id":"\\ud800"}', '{"\\udfff":1}', '{"a":["\\ud800"]}'):
        status, problem = await post(
            running, path, f'{json.dumps(body)[:-1]},"data":{data}}}', scope
        )
        assert (status, [one["pointer"] for one in problem["errors"]]) == (422, ["#/data"])


async def test_the_end_of_time_and_of_nesting(running: Running) -> None:
    time = "9999-12-31T23:59:59-23:00"
    body = json.dumps({"customer": "c-1", "on": "purchase", "time": time})
    deep = f'{{"customer":"c-1","on":"purchase","data":{DEEP}}}'
    for one in (body, deep):
        status, answer = await post(running, "/v1/decisions:simulate", one, "decisions:read")
        assert status == 200, answer
    wish = json.dumps({"paused_until": time})
    key = running.infrastructure.keys.create("other", ["preferences:write"])
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    said = await running.client.patch("/v1/preferences/c-1", content=wish, headers=headers)
    assert said.status_code == 200, said.text
