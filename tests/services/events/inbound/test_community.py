"""A forum's deliveries through the whole service: help is found under the right people."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.named_secrets import NamedSecrets
from tests.services.events.connectors.suite import Told
from tests.services.events.connectors.test_discourse import make_post, make_user, sign, tell
from tests.services.events.inbound.running import Running, open_running
from tests.services.events.inbound.test_webhooks import make_programme, said

SECRET = "forum-secret"


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    NamedSecrets(tmp_path / "data" / "webhook-secrets.json").add("forum", SECRET)
    folder = make_programme(tmp_path / "programme", forum="connector: discourse\n")
    async with open_running(tmp_path / "data", programme_dir=folder) as opened:
        yield opened


async def send(running: Running, told: Told) -> None:
    delivery = sign(told, SECRET, running.infrastructure.clock.now())
    response = await running.client.post(
        "/v1/webhooks/forum", content=delivery.body, headers=dict(delivery.headers)
    )
    assert response.status_code == 200, response.text
    await running.carried_out()


async def test_a_solution_is_help_of_its_author(running: Running) -> None:
    await send(running, tell("user_created", "user", make_user(id=8, external_id=None)))
    await send(running, tell("user_created", "user", make_user(id=9, email=None, name="Ben")))
    first = make_post(id=89, user_id=9, post_number=1)
    solved = tell("accepted_solution", "solved", make_post(user_id=8))
    for told in (tell("post_created", "post", first), solved, solved):
        await send(running, told)
    acts = {act.id: act for act in await running.acts(4)}
    assert {act_id: act.subject for act_id, act in acts.items()} == {
        "post-89": "discourse-forum-9",
        "help-90": "discourse-forum-9",
        "help-given-21/2": "discourse-forum-8",
    }
    assert said(acts["help-given-21/2"])["helped"] == "discourse-forum-9"


async def test_a_solution_waits_for_people_who_become_known_later(running: Running) -> None:
    solved = tell("accepted_solution", "solved", make_post(user_id=8))
    await send(running, solved)
    await send(running, tell("user_created", "user", make_user(id=9, email=None, name="Ben")))
    first = make_post(id=89, user_id=9, post_number=1)
    await send(running, tell("post_created", "post", first))
    acts = {act.id: act.subject for act in await running.acts(2)}
    assert acts == {"post-89": "discourse-forum-9", "help-90": "discourse-forum-9"}


async def test_a_like_says_nothing(running: Running) -> None:
    await send(running, tell("post_liked", "like", {"post": {"id": 1}}))
    text = (await running.client.get("/metrics")).text
    assert 'requite_webhook_deliveries_total{outcome="ignored",source="forum"} 1.0' in text
