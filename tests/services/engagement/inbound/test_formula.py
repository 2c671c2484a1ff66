"""The formula over HTTP: proposed, compared, switched and taken back, or refused with reasons."""

import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from services.engagement.app import create_app
from shared.clock import ManualClock
from shared.config import Settings
from shared.contracts.topics import ACTS
from shared.messaging.ports import Record
from shared.runtime import Infrastructure, open_infrastructure
from shared.web.keys import Scope
from tests.asgi import open_client
from tests.services.engagement.inbound.test_topics import NOW, make_delivery

FORMULA = "/v1/programme/formula"


def _opened(folder: Path) -> AbstractAsyncContextManager[Infrastructure]:
    return open_infrastructure(Settings(data_dir=folder), ManualClock(NOW))


@asynccontextmanager
async def _client(infrastructure: Infrastructure) -> AsyncIterator[httpx.AsyncClient]:
    scopes: list[Scope] = ["scores:read", "programme:read", "programme:write"]
    key = infrastructure.keys.create("test", scopes)
    async with open_client(create_app(infrastructure), key) as opened:
        yield opened


@pytest.fixture
async def infrastructure(tmp_path: Path) -> AsyncIterator[Infrastructure]:
    async with _opened(tmp_path) as opened:
        yield opened


@pytest.fixture
async def client(infrastructure: Infrastructure) -> AsyncIterator[httpx.AsyncClient]:
    records = [
        Record(one.key, one.value, one.headers)
        for one in (make_delivery(n, time=f"2026-05-{n + 10}T10:00:00Z") for n in range(3))
    ]
    await infrastructure.log.publish(ACTS.name, records)
    async with _client(infrastructure) as opened:
        while (await opened.get("/v1/programme/totals")).json()["acts"] != {"referral": 3}:
            pass
        yield opened


def other_formula(infrastructure: Infrastructure, **scoring: Any) -> dict[str, Any]:
    """The shipped one, with another half-life of advocacy and other levels."""
    said: dict[str, Any] = json.loads(infrastructure.programme.formula.text)
    said["scoring"]["dimensions"]["advocacy"]["half_life_days"] = 30.5
    said["scoring"]["levels"] = [
        {"name": "newcomer", "from": 0},
        {"name": "supporter", "from": "10.5"},
        {"name": "legend", "from": 5000},
    ]
    said["scoring"] |= scoring
    return said


async def _built(client: httpx.AsyncClient) -> dict[str, Any]:
    while True:
        other = (await client.get(FORMULA)).json()["other"]
        if other["state"] not in ("begun", "building"):
            return dict(other)


async def _post(client: httpx.AsyncClient, what: str, body: Any = None) -> dict[str, Any]:
    answer = await client.post(f"{FORMULA}:{what}", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_at_first_scores_are_made_by_the_programmes_own(
    client: httpx.AsyncClient, infrastructure: Infrastructure
) -> None:
    own = infrastructure.programme.formula
    answer = (await client.get(FORMULA)).json()
    assert answer["version"] == answer["programme"] == own.version
    assert answer["formula"] == json.loads(own.text)
    assert answer["other"] is None


async def test_a_formula_is_proposed_compared_switched_to_and_taken_back(
    client: httpx.AsyncClient, infrastructure: Infrastructure
) -> None:
    before = (await client.get("/v1/scores/c-1")).json()
    proposal = {"formula": other_formula(infrastructure)}
    proposed = await _post(client, "propose", proposal)
    version = proposed["other"]["version"]
    assert version != proposed["version"]
    other = await _built(client)
    assert (other["state"], other["left"]) == ("built", 0)
    difference = other["difference"]
    assert difference["faults"] == difference["unchecked"] == []
    assert difference["customers"] == 1
    (move,) = difference["moves"]
    assert (move["before"], move["after"]) == (before["level"]["name"], "supporter")
    assert difference["warnings"] == [
        "everybody would reach 'supporter' within a year",
        "nobody would reach 'legend' within a year",
    ]
    assert (await client.get("/v1/scores/c-1")).json() == before
    await _post(client, "propose", proposal)
    switched = await _post(client, "switch", {"version": version})
    assert switched["version"] == version
    assert switched["other"]["state"] == "previous"
    after = (await client.get("/v1/scores/c-1")).json()
    assert after["formula"] == version
    assert after["level"]["name"] == "supporter"
    assert after["acts"] == before["acts"]
    await _post(client, "switch", {"version": version})
    await _post(client, "revert", {"version": before["formula"]})
    back = (await client.get("/v1/scores/c-1")).json()
    assert (back["total"], back["formula"]) == (before["total"], before["formula"])
    await _post(client, "discard")
    assert (await _post(client, "discard"))["other"] is None


async def test_numbers_of_a_formula_are_exact(
    client: httpx.AsyncClient, infrastructure: Infrastructure
) -> None:
    said = other_formula(infrastructure)
    said["settings"]["exchange"] = {"GBP": "N"}
    body = json.dumps({"formula": said}).replace('"N"', "1.123456789012")
    answer = await client.post(f"{FORMULA}:propose", content=body, headers=_JSON)
    assert answer.status_code == 200
    version = answer.json()["other"]["version"]
    text = body.replace("1.123456789012", '"1.123456789012"')
    again = await client.post(f"{FORMULA}:propose", content=text, headers=_JSON)
    assert again.json()["other"]["version"] == version


async def test_what_is_wrong_with_a_formula_is_told_with_its_place(
    client: httpx.AsyncClient, infrastructure: Infrastructure
) -> None:
    said = other_formula(infrastructure, levels=[{"name": "a", "from": 1}])
    said["scoring"]["acts"]["swim"] = {"dimension": "voice", "points": 1}
    said["settings"]["time_zone"] = "Europe/Nowhere"
    said["settings"]["shop"] = "Mine"
    answer = await client.post(f"{FORMULA}:propose", json={"formula": said})
    assert answer.status_code == 422
    pointers = {error["pointer"] for error in answer.json()["errors"]}
    assert pointers == {
        "#/formula/settings/shop",
        "#/formula/settings/time_zone",
        "#/formula/scoring/acts/swim",
        "#/formula/scoring/levels/0/from",
    }
    assert (await client.get(FORMULA)).json()["other"] is None


@pytest.mark.parametrize("said", [{}, {"scoring": 7, "settings": {}}, {"scoring": {}, "more": 1}])
async def test_what_is_no_formula_is_refused(
    client: httpx.AsyncClient, said: dict[str, Any]
) -> None:
    answer = await client.post(f"{FORMULA}:propose", json={"formula": said})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "1e400", "1e-400", "1E999999999999999999", "9" * 30, "-1", "true"]
)
async def test_numbers_that_nobody_can_reckon_with_are_refused(
    client: httpx.AsyncClient, infrastructure: Infrastructure, number: str
) -> None:
    said = other_formula(infrastructure)
    said["scoring"]["acts"]["idea"]["points"] = "N"
    body = json.dumps({"formula": said}).replace('"N"', number)
    answer = await client.post(f"{FORMULA}:propose", content=body, headers=_JSON)
    assert answer.status_code == 422, answer.text


async def test_what_can_not_be_done_now_is_refused(
    client: httpx.AsyncClient, infrastructure: Infrastructure
) -> None:
    for what in ("switch", "revert"):
        assert (await client.post(f"{FORMULA}:{what}")).status_code == 409
    await _post(client, "propose", {"formula": other_formula(infrastructure)})
    another = {"formula": other_formula(infrastructure, landmark="2025-02-01")}
    refused = await client.post(f"{FORMULA}:propose", json=another)
    assert refused.status_code == 409
    assert "replace it" in refused.json()["detail"]
    replaced = await _post(client, "propose", another | {"replace": True})
    await _built(client)
    wrong = await client.post(f"{FORMULA}:switch", json={"version": "0" * 12})
    assert wrong.status_code == 409
    await _post(client, "switch", {"version": replaced["other"]["version"]})


async def test_reading_needs_one_scope_and_changing_another(
    client: httpx.AsyncClient, infrastructure: Infrastructure
) -> None:
    key = infrastructure.keys.create("reader", ["programme:read"])
    headers = {"Authorization": f"Bearer {key}"}
    assert (await client.get(FORMULA, headers=headers)).status_code == 200
    for what in ("propose", "switch", "revert", "discard"):
        refused = await client.post(f"{FORMULA}:{what}", headers=headers, json={"formula": {}})
        assert refused.status_code == 403


async def test_a_start_with_other_files_goes_on_by_the_formula_that_is_live(
    tmp_path: Path,
) -> None:
    async with _opened(tmp_path) as infrastructure, _client(infrastructure) as client:
        await _post(client, "propose", {"formula": other_formula(infrastructure)})
        await _built(client)
        live = (await _post(client, "switch"))["version"]
    with capture_logs() as logs:
        async with _opened(tmp_path) as infrastructure, _client(infrastructure) as client:
            answer = (await client.get(FORMULA)).json()
    own = infrastructure.programme.formula.version
    assert (answer["version"], answer["programme"]) == (live, own)
    (warning,) = (line for line in logs if line["event"] == "formula_differs")
    assert (warning["live"], warning["programme"]) == (live, own)
    assert warning["way_out"] == "requite programme apply"


_JSON = {"Content-Type": "application/json"}
