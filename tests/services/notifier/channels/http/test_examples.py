"""The files that the documentation shows, as a programme reads them, and providers' answers."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.notifier.channels.checking import make_channels
from services.notifier.domain.delivery import Receipt
from services.notifier.ports.channels import Channel
from tests.services.notifier.channels.files import programme_with
from tests.services.notifier.channels.http import examples
from tests.services.notifier.channels.making import make_letter, make_setup

Answering = Callable[[httpx.Request], httpx.Response]


def channel_of(folder: Path, text: str, answering: Answering) -> Channel:
    programme = programme_with(folder / "programme", way=text)

    def client(private: bool) -> httpx.AsyncClient:
        assert not private
        return httpx.AsyncClient(transport=httpx.MockTransport(answering))

    setup = make_setup({"way": ["s3cret"]}, private=False, client=client)
    return make_channels(programme, setup)["way"]


@pytest.mark.parametrize(
    ("text", "status", "body", "receipt"),
    [
        (examples.TWILIO, 201, {"sid": "SM1"}, Receipt("taken", "201")),
        (examples.TWILIO, 400, {"code": 21211}, Receipt("refused", "21211", bad_address=True)),
        (examples.TWILIO, 400, {"code": 21610}, Receipt("refused", "21610")),
        (examples.TWILIO, 429, {"code": 20429}, Receipt("deferred", "20429", "provider")),
        (examples.TWILIO, 401, {"code": 20003}, Receipt("deferred", "401", "provider")),
        (examples.VONAGE, 202, {"message_uuid": "a"}, Receipt("taken", "202")),
        (examples.VONAGE, 200, {}, Receipt("uncertain", "200", "provider")),
        (examples.NTFY, 200, {"id": "x"}, Receipt("taken", "200")),
        (
            examples.ONESIGNAL,
            200,
            {"id": "", "errors": ["All included players are not subscribed"]},
            Receipt("refused", "All included players are not subscribed", bad_address=True),
        ),
    ],
)
async def test_what_providers_answer(
    tmp_path: Path, text: str, status: int, body: dict[str, Any], receipt: Receipt
) -> None:
    channel = channel_of(tmp_path, text, lambda _: httpx.Response(status, json=body))
    assert await channel.hand_over(make_letter()) == receipt
    await channel.close()


async def test_what_onesignal_is_asked(tmp_path: Path) -> None:
    asked: list[httpx.Request] = []

    def answering(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"id": "n1"})

    channel = channel_of(tmp_path, examples.ONESIGNAL, answering)
    assert channel.idempotent
    letter = make_letter("sub-1")
    await channel.hand_over(letter)
    await channel.close()
    assert asked[0].headers["authorization"] == "Key s3cret"
    assert asked[0].headers["idempotency-key"] == letter.id
    told = json.loads(asked[0].content)
    assert told["include_subscription_ids"] == ["sub-1"]
    assert told["contents"] == {"en": "Thank you for your order. It made our day."}
