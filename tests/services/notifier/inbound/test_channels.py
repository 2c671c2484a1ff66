"""Channels over HTTP."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from services.notifier.domain.breaker import FAULTS
from services.notifier.inbound.channels import router
from services.notifier.use_cases.channel_status import ChannelStatus
from services.notifier.use_cases.gatekeeping import Gatekeeper
from shared.clock import ManualClock, epoch_ms
from shared.web.app import Edge, Endpoints, Service, create_web_app
from shared.web.keys import KeyRing
from tests.asgi import open_client
from tests.services.notifier.channels.making import NOW, make_rules
from tests.services.notifier.use_cases.test_gatekeeping import AWAY, GONE, States

AT = "2026-11-24T12:00:00Z"
FINE = {
    "name": "shop",
    "adapter": "webhook",
    "state": "ok",
    "failing_since": None,
    "resting_until": None,
    "disabled_since": None,
    "code": None,
}


@dataclass
class Notifier:
    """What the routes find."""

    channels: ChannelStatus


@dataclass
class Scene:
    client: httpx.AsyncClient
    gate: Gatekeeper
    states: States
    woken: list[int]


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    keys = KeyRing(tmp_path / "keys.json")
    key = keys.create("test", ["decisions:read", "messages:write"])
    app = create_web_app(Service("notifier", "t", "t"), Edge(keys), Endpoints([router]))
    states, woken = States(), [0]
    gate = Gatekeeper("shop", states)
    rules = {name: make_rules("webhook", name) for name in ("shop", "other")}

    def wake() -> None:
        woken[0] += 1

    status = ChannelStatus(rules, {"shop": gate}, states, ManualClock(NOW), wake)
    app.state.notifier = Notifier(status)
    async with open_client(app, key) as client:
        yield Scene(client, gate, states, woken)


async def shop(scene: Scene) -> dict[str, object]:
    answer = await scene.client.get("/v1/channels")
    assert answer.status_code == 200
    listed: list[dict[str, object]] = answer.json()["data"]
    assert [one["name"] for one in listed] == ["other", "shop"]
    return listed[1]


async def test_a_channel_that_never_failed_is_ok(scene: Scene) -> None:
    assert await shop(scene) == FINE


async def test_failing_resting_and_gone_are_told(scene: Scene) -> None:
    now = epoch_ms(NOW)
    await scene.gate.note(AWAY, now)
    failing = {**FINE, "state": "failing", "failing_since": AT, "code": "503"}
    assert await shop(scene) == failing
    for _ in range(FAULTS):
        await scene.gate.note(AWAY, now)
    resting = await shop(scene)
    assert (resting["state"], resting["code"]) == ("resting", "503")
    assert str(resting["resting_until"]) > AT
    await scene.gate.note(GONE, now)
    gone = await shop(scene)
    assert (gone["state"], gone["code"], gone["disabled_since"]) == ("disabled", "410", AT)


async def test_it_is_switched_off_and_on(scene: Scene) -> None:
    for _ in range(2):
        off = await scene.client.post("/v1/channels/shop:disable")
        assert off.status_code == 200
        expected = {**FINE, "state": "disabled", "disabled_since": AT, "code": "by_hand"}
        assert off.json() == expected == await shop(scene)
    assert await scene.gate.room(epoch_ms(NOW), 5) == 0
    for _ in range(2):
        on = await scene.client.post("/v1/channels/shop:enable")
        assert (on.status_code, on.json()) == (200, FINE)
    assert await scene.gate.room(epoch_ms(NOW), 5) == 5
    assert scene.woken == [4]


async def test_an_enabled_one_is_tried_at_once(scene: Scene) -> None:
    for _ in range(FAULTS):
        await scene.gate.note(AWAY, epoch_ms(NOW))
    assert await scene.gate.room(epoch_ms(NOW), 5) == 0
    await scene.client.post("/v1/channels/shop:enable")
    assert await scene.gate.room(epoch_ms(NOW), 5) == 5


@pytest.mark.parametrize(("name", "status"), [("nobody", 404), ("A", 422), ("a%2Fb", 404)])
async def test_unknown_names(scene: Scene, name: str, status: int) -> None:
    for verb in ("enable", "disable"):
        answer = await scene.client.post(f"/v1/channels/{name}:{verb}")
        assert answer.status_code == status
    assert scene.states.notes == 0


async def test_switching_needs_another_scope(scene: Scene, tmp_path: Path) -> None:
    reader = KeyRing(tmp_path / "keys.json").create("reader", ["decisions:read"])
    headers = {"Authorization": f"Bearer {reader}"}
    assert (await scene.client.get("/v1/channels", headers=headers)).status_code == 200
    for verb in ("enable", "disable"):
        answer = await scene.client.post(f"/v1/channels/shop:{verb}", headers=headers)
        assert answer.status_code == 403
