"""Suggestions through the real app: found on the topic, decided over HTTP."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from shared.config import DEFAULT_PROGRAMME
from shared.contracts.cloudevents import CloudEvent
from shared.contracts.cloudevents.json_format import encode_event
from tests.services.events.builders import make_event
from tests.services.events.detectors.builders import (
    make_acceptance,
    make_post,
    make_withdrawal,
)
from tests.services.events.inbound.running import EVENT, Running, open_running

THREAD = [
    make_post("p-1", "c-asker", "My pot drips. What can I do?"),
    make_post("p-2", "c-helper", "Turn the lid."),
    make_post("p-3", "c-asker", "Thanks, that worked!"),
]


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with open_running(tmp_path) as opened:
        yield opened


async def send(running: Running, *events: CloudEvent) -> None:
    for event in events:
        response = await running.post(encode_event(event), EVENT)
        assert response.status_code == 202, response.text


async def found(running: Running, count: int, **query: str) -> list[dict[str, Any]]:
    """The suggestions, once there are `count`."""
    async with asyncio.timeout(20):
        while True:
            response = await running.client.get("/v1/suggestions", params=query)
            assert response.status_code == 200, response.text
            data: list[dict[str, Any]] = response.json()["data"]
            if len(data) == count:
                return data
            await asyncio.sleep(0.02)


async def test_thanks_become_a_suggestion_that_a_person_confirms(running: Running) -> None:
    await send(running, *THREAD)
    (one,) = await found(running, 1, status="open", detector="thankful_reply")
    assert one["evidence"]["words"] == "Thanks, that worked!"
    assert one["act"]["subject"] == "c-helper"
    assert (one["age_seconds"], one["decided_by"]) == (0, None)
    assert (await running.client.get(f"/v1/suggestions/{one['id']}")).json() == one
    for _ in range(2):
        answer = await running.client.post(f"/v1/suggestions/{one['id']}:confirm")
        assert answer.status_code == 200, answer.text
        assert answer.json()["status"] == "confirmed"
        assert answer.json()["decided_by"] == running.infrastructure.keys.list()[0].id
    acts = await running.acts(4)
    (told,) = [act for act in acts if act.id == "help-thanked-p-3"]
    assert (told.subject, told.time) == ("c-helper", THREAD[2].time)
    undo = await running.client.post(
        f"/v1/suggestions/{one['id']}:reject", json={"reason": "a joke"}
    )
    assert (undo.json()["status"], undo.json()["reason"]) == ("rejected", "a joke")
    acts = await running.acts(5)
    assert {"withdrawal-help-thanked-p-3"} <= {act.id for act in acts}
    again = await running.client.post(f"/v1/suggestions/{one['id']}:confirm")
    assert again.status_code == 409


async def test_an_accepted_answer_counts_at_once_and_is_taken_back(running: Running) -> None:
    await send(running, make_acceptance(helper="c-helper"))
    await found(running, 1, status="emitted")
    await send(running, make_withdrawal("accepted-1"))
    (one,) = await found(running, 1, status="withdrawn")
    assert one["act"]["id"] == "help-given-p-1"
    told = {act.id for act in await running.acts(4)}
    assert {"help-given-p-1", "withdrawal-help-given-p-1"} <= told


async def test_strangers_are_heard_while_they_wait_for_their_alias(running: Running) -> None:
    await send(running, make_acceptance(asker="forum:x:stranger", helper="c-helper"))
    (one,) = await found(running, 1, status="emitted")
    assert one["act"]["data"]["helped"] == "forum:x:stranger"
    (act,) = await running.acts(1)
    assert (act.id, act.subject) == ("help-given-p-1", "c-helper")


async def test_many_are_decided_at_once_and_pages_lead_on(running: Running) -> None:
    for number in range(3):
        thread = [
            make_post(f"{n}-{number}", who, text, thread_id=f"t-{number}")
            for n, who, text in (
                ("p1", "c-asker", "Help!"),
                ("p2", "c-helper", "Turn the lid."),
                ("p3", "c-asker", "Thanks!"),
            )
        ]
        await send(running, *thread)
    everything = [one["id"] for one in await found(running, 3)]
    page = (await running.client.get("/v1/suggestions?limit=2")).json()
    rest = await running.client.get("/v1/suggestions", params={"cursor": page["next_cursor"]})
    assert [one["id"] for one in page["data"] + rest.json()["data"]] == everything
    assert rest.json()["next_cursor"] is None
    decisions = {"confirm": everything[:2], "reject": [everything[2], "f" * 32]}
    answer = await running.client.post("/v1/suggestions/decisions", json=decisions)
    assert answer.json() == {
        "decided": 3,
        "undecided": [{"id": "f" * 32, "detail": "No such suggestion"}],
    }
    report = (await running.client.get("/v1/suggestions/report")).json()
    (detector,) = report["data"]
    assert (detector["detector"], detector["confirmed"], detector["rejected"]) == (
        "thankful_reply",
        2,
        1,
    )
    assert detector["precision"] == pytest.approx(2 / 3)
    assert detector["interval"] == pytest.approx([0.20765, 0.93851], abs=1e-4)
    assert [band["confirmed"] for band in detector["bands"]] == [0, 0, 0, 2, 0]


async def test_an_erased_customer_is_in_no_suggestion(running: Running) -> None:
    await send(running, *THREAD)
    await found(running, 1)
    erased = await running.client.delete("/v1/customers/c-asker")
    assert erased.status_code == 204
    assert await found(running, 0) == []


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/v1/suggestions?status=unheard", None, 422),
        ("GET", "/v1/suggestions?cursor=x", None, 422),
        ("GET", f"/v1/suggestions?cursor={'9' * 15}-{'0' * 32}", None, 422),
        ("GET", f"/v1/suggestions/{'0' * 32}", None, 404),
        ("GET", "/v1/suggestions/x", None, 404),
        ("POST", f"/v1/suggestions/{'0' * 32}:confirm", None, 404),
        ("POST", f"/v1/suggestions/{'0' * 32}:confirm", {"subject": "a@b"}, 422),
        ("POST", f"/v1/suggestions/{'0' * 32}:reject", {"because": "x"}, 422),
        ("POST", "/v1/suggestions/decisions", {"confirm": ["x"]}, 422),
        ("POST", "/v1/suggestions/decisions", {"confirm": ["0" * 32] * 201}, 422),
    ],
)
async def test_wrong_requests(
    running: Running, method: str, path: str, body: Any, status: int
) -> None:
    response = await running.client.request(method, path, json=body)
    assert response.status_code == status, response.text


async def test_a_detector_that_is_switched_off_finds_nothing(tmp_path: Path) -> None:
    programme = tmp_path / "programme"
    shutil.copytree(DEFAULT_PROGRAMME, programme)
    text = "thankful_reply: {on: false}\nword_of_mouth: {emit_from: never}\n"
    (programme / "discovery.yaml").write_text(text, "utf-8")
    async with open_running(tmp_path / "data", programme_dir=programme) as running:
        bought = {"order_id": "1", "total": "5.00", "currency": "EUR", "referred_by": "c-helper"}
        await send(running, *THREAD, make_event(data=bought, subject="c-asker"))
        (one,) = await found(running, 1, status="open")
        assert one["detector"] == "word_of_mouth"


async def test_who_may_not_decide(running: Running) -> None:
    key = running.infrastructure.keys.create("reader", ["suggestions:read"])
    headers = {"Authorization": f"Bearer {key}"}
    assert (await running.client.get("/v1/suggestions", headers=headers)).status_code == 200
    denied = await running.client.post("/v1/suggestions/decisions", json={}, headers=headers)
    assert denied.status_code == 403
