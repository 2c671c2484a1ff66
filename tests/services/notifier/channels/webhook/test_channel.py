"""Signed webhooks against a real server on loopback."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.channels.webhook import make
from services.notifier.channels.webhook.channel import SCHEDULE
from services.notifier.channels.webhook.signing import sign
from services.notifier.domain.delivery import Receipt
from services.notifier.domain.policy import Route
from services.notifier.ports.channels import Channel
from shared.clock import ManualClock
from shared.errors import Invalid
from shared.webhooks.delivery import Delivery, SignatureRefused
from shared.webhooks.standard import verify
from tests.services.notifier.channels.making import (
    MESSAGE,
    NOW,
    make_letter,
    make_rules,
    make_setup,
)
from tests.services.notifier.channels.provider import HANG, Provider, answer, running

NEW = "whsec_" + base64.b64encode(b"n" * 32).decode()
OLD = "whsec_" + base64.b64encode(b"o" * 24).decode()


def channel_of(provider: Provider, clock: ManualClock | None = None, *secrets: str) -> Channel:
    setup = make_setup({"way": secrets or (NEW, OLD)}, clock=clock)
    return make(make_rules("webhook", url=f"{provider.url}/hooks"), setup)


async def test_a_receiver_verifies_by_the_new_and_by_the_old_secret() -> None:
    clock = ManualClock(NOW + timedelta(hours=3))
    async with running(answer(204)) as provider:
        channel = channel_of(provider, clock)
        assert await channel.hand_over(make_letter()) == Receipt("taken", "204")
        await channel.close()
    (asked,) = provider.asked
    delivery = Delivery(asked.headers, asked.body, clock.now())
    for secret in (NEW, OLD):
        verify(delivery, [secret])
    with pytest.raises(SignatureRefused):
        verify(delivery, ["whsec_" + base64.b64encode(b"x" * 32).decode()])
    assert asked.line == "POST /hooks HTTP/1.1"
    assert asked.headers["webhook-id"] == MESSAGE
    assert json.loads(asked.body) == {
        "type": "message",
        "timestamp": "2026-11-24T12:00:00Z",
        "data": {
            "message_id": MESSAGE,
            "customer": "c-1",
            "purpose": "thanks",
            "subject": "Thank you",
            "text": "Thank you for your order.\n\nIt made our day.",
            "html": "<p>Thank you</p>",
            "language": "en",
            "order": "1001",
        },
    }


def test_the_specifications_own_example() -> None:
    body = b'{"test": 2432232314}'
    signature = sign(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        body,
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(st.binary(max_size=200), st.integers(0, 2**33), st.lists(st.binary(min_size=24), max_size=3))
def test_one_signature_for_each_secret(body: bytes, timestamp: int, keys: list[bytes]) -> None:
    secrets = [f"whsec_{base64.b64encode(key).decode()}" for key in keys]
    assert len(sign(MESSAGE, timestamp, body, secrets).split()) == len(keys)


@pytest.mark.parametrize(
    ("told", "receipt"),
    [
        (answer(200, b"x" * 100_000), Receipt("taken", "200")),
        (answer(301, Location="/other"), Receipt("deferred", "301", "provider")),
        (answer(400), Receipt("deferred", "400", "provider")),
        (answer(404), Receipt("deferred", "404", "provider")),
        (answer(410), Receipt("deferred", "410", "provider", gone=True)),
        (
            answer(429, Retry_After="120"),
            Receipt("deferred", "429", "provider", timedelta(minutes=2)),
        ),
        (answer(500, Retry_After="120"), Receipt("deferred", "500", "provider")),
        (
            answer(503, Retry_After="Tue, 24 Nov 2026 12:00:09 GMT"),
            Receipt("deferred", "503", "provider", timedelta(seconds=9)),
        ),
        (b"nonsense\r\n\r\n", Receipt("uncertain", "connection_lost", "provider")),
    ],
)
async def test_what_answers_mean(told: bytes, receipt: Receipt) -> None:
    async with running(told) as provider:
        channel = channel_of(provider)
        assert await channel.hand_over(make_letter()) == receipt
        await channel.close()
    assert len(provider.asked) == 1


async def test_a_body_that_never_ends_is_let_go() -> None:
    endless = b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n" + b"x" * 5000
    async with running(endless, answer(200)) as provider:
        channel = channel_of(provider)
        for _ in range(2):
            assert await channel.hand_over(make_letter()) == Receipt("taken", "200")
        await channel.close()
    assert provider.connections == 2


async def test_silence_is_uncertain_and_will_be_repeated() -> None:
    async with running(HANG) as provider:
        channel = channel_of(provider)
        channel._exchange._seconds = 0.2  # type: ignore[attr-defined]
        late = Receipt("uncertain", "timeout", "provider")
        assert await channel.hand_over(make_letter()) == late
        await channel.close()
    assert channel.idempotent


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "whsec_!", "plain"])
async def test_nothing_is_sent_without_a_good_signature(secret: str) -> None:
    async with running(answer(200)) as provider:
        channel = channel_of(provider, None, secret)
        receipt = await channel.hand_over(make_letter())
        assert receipt == Receipt("deferred", "bad_secret", "provider")
        nobody = make(make_rules("webhook", url=provider.url), make_setup())
        receipt = await nobody.hand_over(make_letter())
        assert receipt == Receipt("deferred", "no_secret", "provider")
        await channel.close()
        await nobody.close()
    assert provider.connections == 0


async def test_without_leave_it_reaches_nothing_inside() -> None:
    rules = make_rules("webhook", url="https://127.1/hooks")
    channel = make(rules, make_setup({"way": [NEW]}, private=False))
    forbidden = Receipt("deferred", "forbidden_address", "provider")
    assert await channel.hand_over(make_letter()) == forbidden
    await channel.close()


async def test_its_route_and_schedule() -> None:
    rules = make_rules("webhook", url="https://a.example/", needs_consent=False, disturbs=False)
    channel = make(rules, make_setup())
    assert channel.route == Route("way", "customer", needs_consent=False, disturbs=False)
    assert channel.schedule == SCHEDULE
    assert sum(SCHEDULE, timedelta()) == timedelta(hours=75, minutes=35, seconds=5)
    await channel.close()


@pytest.mark.parametrize("options", [{}, {"url": 1}, {"url": "https://a.example/", "secret": "x"}])
def test_options_that_cant_work(options: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        make(make_rules("webhook", **options), make_setup())
