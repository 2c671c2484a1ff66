"""POST /v1/events: three modes, batches in part, nothing lost."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared.config import DEFAULT_PROGRAMME
from shared.errors import Unavailable
from tests.services.events.inbound.running import (
    BATCH,
    EVENT,
    Running,
    make_json,
    open_running,
)


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with open_running(tmp_path) as opened:
        yield opened


async def _quarantined(running: Running) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await running.client.get("/v1/events/quarantine")).json()["data"]
    return found


async def test_a_batch_is_durable_with_all_its_attributes(running: Running) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    sent = [make_json(id=str(n), traceparent=trace, tenant="t-1", level=n) for n in range(3)]
    response = await running.post(sent)
    assert (response.status_code, response.json()) == (202, {"accepted": 3})
    acts = await running.acts(3)
    assert [act.id for act in acts] == ["0", "1", "2"]
    assert acts[2].extensions == {"traceparent": trace, "tenant": "t-1", "level": "2"}
    assert acts[0].data is not None
    assert msgspec.json.decode(acts[0].data) == sent[0]["data"]


async def test_one_event_in_structured_mode(running: Running) -> None:
    response = await running.post(make_json(), EVENT)
    assert response.status_code == 202
    (act,) = await running.acts(1)
    assert (act.source, act.id, act.subject) == ("/shop", "1", "c-1")


async def test_one_event_in_binary_mode(running: Running) -> None:
    headers = {f"ce-{n}": v for n, v in make_json().items() if n != "data"}
    response = await running.post(
        b'{"order_id":"1","total":12.30,"currency":"EUR"}', "application/json", **headers
    )
    assert response.status_code == 202
    (act,) = await running.acts(1)
    assert act.data == b'{"order_id":"1","total":12.30,"currency":"EUR"}'


async def test_what_is_dated_before_the_shop_opened_is_kept_for_mending(tmp_path: Path) -> None:
    folder = shutil.copytree(DEFAULT_PROGRAMME, tmp_path / "programme")
    with (folder / "programme.yaml").open("a", encoding="utf-8") as settings:
        settings.write("opened: 2019-03-01\n")
    async with open_running(tmp_path, programme_dir=folder) as running:
        early, first = "2019-02-28T22:59:59Z", "2019-02-28T23:00:00Z"  # in Berlin
        response = await running.post([make_json(time=early), make_json(id="2", time=first)])
        (rejected,) = response.json()["rejected"]
        assert (rejected["index"], rejected["pointer"]) == (0, "/time")
        (kept,) = await _quarantined(running)
        assert "before the day that the shop opened on, by programme.yaml" in kept["reason"]
        (act,) = await running.acts(1)
    assert act.id == "2"


async def test_a_batch_is_taken_in_part_and_the_rest_is_kept(running: Running) -> None:
    batch = [make_json(), make_json(id="2", type="x"), {"specversion": "1.0"}, make_json(id="4")]
    response = await running.post(batch)
    assert response.status_code == 207
    told = response.json()
    assert told["accepted"] == 2
    assert [(one["index"], one["id"], one["pointer"]) for one in told["rejected"]] == [
        (1, "2", "/type"),
        (2, None, "/id"),
    ]
    kept = {entry["id"]: entry for entry in await _quarantined(running)}
    assert kept.keys() == {one["quarantine_id"] for one in told["rejected"]}
    assert kept[told["rejected"][1]["quarantine_id"]]["event"] == {"specversion": "1.0"}


async def test_where_none_is_taken_it_is_a_problem_and_all_are_kept(running: Running) -> None:
    response = await running.post([make_json(type="x"), make_json(id="2", subject=None)])
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert [error["pointer"] for error in problem["errors"]] == ["#/0/type", "#/1/subject"]
    assert len(await _quarantined(running)) == 2


async def test_the_same_refused_event_is_kept_once(running: Running) -> None:
    for _ in range(3):
        await running.post(make_json(type="x"), EVENT)
    assert len(await _quarantined(running)) == 1


async def test_a_lone_event_that_cannot_be_read_is_kept_as_sent(running: Running) -> None:
    assert (await running.post(b'{"id":', EVENT)).status_code == 422
    (entry,) = await _quarantined(running)
    assert entry["event"] == "eyJpZCI6"


async def test_a_binary_event_that_cannot_be_read_is_kept_in_the_json_format(
    running: Running,
) -> None:
    headers = {f"ce-{n}": v for n, v in make_json(time="soon").items() if n != "data"}
    assert (await running.post(b"{}", "application/json", **headers)).status_code == 422
    (entry,) = await _quarantined(running)
    assert entry["pointer"] == "/time"
    assert entry["event"]["time"] == "soon"
    assert entry["event"]["data_base64"] == "e30="


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b"", BATCH, 400),
        (b"{}", BATCH, 400),
        (b"[{]", BATCH, 400),
        (b"[" * 100_000, BATCH, 400),
        (b"<event/>", "application/cloudevents+xml", 415),
        (b"[" + b",".join([b"{}"] * 1001) + b"]", BATCH, 413),
        (b" " * (5 * 2**20 + 1), BATCH, 413),
        (b"\xff\xfe", EVENT, 422),
        (b"null", EVENT, 422),
        (b"{}", "text/plain", 422),
    ],
)
async def test_what_is_no_batch_of_events(
    running: Running, body: bytes, media_type: str, status: int
) -> None:
    response = await running.post(body, media_type)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"


async def test_an_empty_batch_is_accepted(running: Running) -> None:
    assert (await running.post([])).json() == {"accepted": 0}


async def test_a_thousand_events_are_accepted(running: Running) -> None:
    response = await running.post([make_json(id=str(n)) for n in range(1000)])
    assert response.json() == {"accepted": 1000}


async def test_a_key_with_the_scope_is_needed(running: Running) -> None:
    reader = running.infrastructure.keys.create("reader", ["scores:read"])
    refused = await running.post([make_json()], Authorization=f"Bearer {reader}")
    unknown = await running.post([make_json()], Authorization="Bearer rq_1_2")
    assert (refused.status_code, unknown.status_code) == (403, 401)
    assert unknown.headers["www-authenticate"].startswith("Bearer")


async def test_other_methods_are_told_which_is_right(running: Running) -> None:
    response = await running.client.get("/v1/events")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


async def test_every_answer_has_the_edges_headers(running: Running) -> None:
    response = await running.post([make_json()], **{"X-Request-Id": "mine-1"})
    other = await running.post([make_json()], **{"X-Request-Id": "a b"})
    assert response.headers["x-request-id"] == "mine-1"
    assert other.headers["x-request-id"] != "a b"
    for name in ("content-security-policy", "cache-control", "x-content-type-options"):
        assert name in response.headers
    metrics = (await running.client.get("/metrics")).text
    assert 'route="/v1/events",status="202"' in metrics


async def test_a_log_that_is_away_is_503_and_says_when_to_come_back(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(topic: str, records: object) -> None:
        raise Unavailable("away")

    monkeypatch.setattr(running.infrastructure.log, "publish", away)
    response = await running.post([make_json()])
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) > 0


async def test_a_full_quarantine_is_503_and_takes_nothing(tmp_path: Path) -> None:
    async with open_running(tmp_path, quarantine_capacity=1) as running:
        assert (await running.post([make_json(type="x")])).status_code == 422
        response = await running.post([make_json(), make_json(type="y")])
        assert response.status_code == 503
