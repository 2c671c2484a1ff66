"""A mail server that is away delays mails, loses none, and keeps no other channel from its work."""

from pathlib import Path

import httpx
import pytest

from tests.loop.conftest import Deploy
from tests.loop.deployment import eventually
from tests.loop.outgoing import HOOK, MAIL, check, final_messages, make_sinks, send_through_shop

CUSTOMERS = 40
RETRY_SECONDS = 120.0
"""The first wait of a mail that was not taken, with what is added so that not all come at once."""


@pytest.mark.slow
async def test_an_outage_delays_one_channel_only(deploy_embedded: Deploy, tmp_path: Path) -> None:
    sinks = make_sinks(tmp_path)
    names = [f"c-{number}" for number in range(CUSTOMERS)]
    with sinks.hook, deploy_embedded(sinks.settings) as deployment:
        async with deployment.client() as client:
            assert await _states(client) == {MAIL: "ok", HOOK: "ok"}
            await send_through_shop(client, names)

            async def hooks_are_through() -> None:
                assert sinks.hook.count() == CUSTOMERS
                assert await _states(client) == {MAIL: "resting", HOOK: "ok"}

            await eventually(hooks_are_through)
            assert sinks.mail.count() == 0
            with sinks.mail:
                messages = await final_messages(client, names, RETRY_SECONDS)
                assert set(check(sinks, messages)) == {(MAIL, "sent"), (HOOK, "sent")}
                assert await _states(client) == {MAIL: "ok", HOOK: "ok"}


async def _states(client: httpx.AsyncClient) -> dict[str, str]:
    response = await client.get("/v1/channels")
    assert response.status_code == 200, response.text
    return {
        one["name"]: one["state"] for one in response.json()["data"] if one["name"] in (MAIL, HOOK)
    }
