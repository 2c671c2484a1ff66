"""The HTTP channel against a real server on loopback."""

import asyncio
import base64
import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import pytest

from services.notifier.channels.http import make
from services.notifier.channels.http.channel import HttpChannel
from services.notifier.domain.delivery import RETRY_AFTER, Receipt
from shared.errors import Invalid, Unavailable
from tests.services.notifier.channels.making import MESSAGE, make_letter, make_rules, make_setup
from tests.services.notifier.channels.provider import DROP, HANG, Provider, answer, running

SECRETS = {"way": ["s3cret", "old"]}


def channel_of(provider: Provider, path: str = "/send", **options: Any) -> HttpChannel:
    if "form" not in options:
        options.setdefault("json", {"to": "{to}"})
    at_once = options.pop("at_once", 8)
    rules = make_rules("http", at_once=at_once, url=f"{provider.url}{path}", **options)
    made = make(rules, make_setup(SECRETS))
    assert isinstance(made, HttpChannel)
    return made


async def test_a_form_with_basic_login_as_twilio_has_it() -> None:
    async with running(answer(201, b'{"sid": "SM1"}')) as provider:
        channel = channel_of(
            provider,
            auth={"scheme": "basic", "user": "AC1"},
            form={"To": "{to}", "From": "+15005550006", "Body": "{text}"},
            max_length=40,
        )
        assert await channel.hand_over(make_letter()) == Receipt("taken", "201")
        await channel.close()
    asked = provider.asked[0]
    assert asked.line == "POST /send HTTP/1.1"
    login = base64.b64encode(b"AC1:s3cret").decode()
    assert asked.headers["authorization"] == f"Basic {login}"
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(asked.body.decode()) == {
        "To": ["+40721000000"],
        "From": ["+15005550006"],
        "Body": ["Thank you for your order. It made our..."],
    }
    assert (channel.route.address, channel.idempotent) == ("phone", False)
    assert (channel.route.needs_consent, channel.route.disturbs) == (True, True)
    assert channel.schedule == RETRY_AFTER


async def test_json_with_a_key_and_headers() -> None:
    async with running(answer(200)) as provider:
        channel = channel_of(
            provider,
            address="push",
            auth={"scheme": "bearer"},
            headers={"X-Purpose": "{purpose}"},
            idempotency_header="Idempotency-Key",
            json={"to": ["{to}"], "n": 1, "deep": {"text": "{text} {{{name}}}", "on": True}},
        )
        letter = make_letter('tok"en\r\n', "a\n\nb", name=None)
        assert (await channel.hand_over(letter)).result == "taken"
        await channel.close()
    asked = provider.asked[0]
    assert asked.headers["authorization"] == "Bearer s3cret"
    assert asked.headers["idempotency-key"] == MESSAGE
    assert asked.headers["x-purpose"] == "thanks"
    assert json.loads(asked.body) == {
        "to": ['tok"en\r\n'],
        "n": 1,
        "deep": {"text": "a\n\nb {}", "on": True},
    }
    assert (channel.route.address, channel.idempotent) == ("push", True)


async def test_a_path_holds_the_address_encoded() -> None:
    async with running(answer(200)) as provider:
        channel = channel_of(provider, "/v1/{to}/send?x=1")
        await channel.hand_over(make_letter("../a b?c=ü#/%2e"))
        for climbing in (".", ".."):
            refused = await channel.hand_over(make_letter(climbing))
            assert refused == Receipt("refused", "unfit_address")
        await channel.close()
    lines = [asked.line for asked in provider.asked]
    assert lines == ["POST /v1/..%2Fa%20b%3Fc%3D%C3%BC%23%2F%252e/send?x=1 HTTP/1.1"]


async def test_a_connection_is_used_again_and_at_once_is_kept() -> None:
    async with running(answer(200, b"{}")) as provider:
        channel = channel_of(provider, at_once=2)
        letters = [replace(make_letter(), id=f"{number:032x}") for number in range(20)]
        receipts = await asyncio.gather(*(channel.hand_over(letter) for letter in letters))
        await channel.close()
    assert {receipt.result for receipt in receipts} == {"taken"}
    assert provider.connections <= 2
    assert provider.most_at_once <= 2


@pytest.mark.parametrize("key", [None, "Idempotency-Key"])
async def test_nobody_knows_of_a_request_that_was_sent(key: str | None) -> None:
    async with running(DROP) as provider:
        channel = channel_of(provider, idempotency_header=key)
        lost = Receipt("uncertain", "connection_lost", "provider")
        assert await channel.hand_over(make_letter()) == lost
        await channel.close()


async def test_no_answer_in_time_is_uncertain() -> None:
    async with running(HANG) as provider:
        channel = channel_of(provider)
        channel._exchange._seconds = 0.2
        late = Receipt("uncertain", "timeout", "provider")
        assert await channel.hand_over(make_letter()) == late
        await channel.close()


async def test_a_server_that_is_away_has_taken_nothing() -> None:
    async with running(answer(200)) as provider:
        pass
    channel = channel_of(provider)
    away = Receipt("deferred", "unreachable", "provider")
    assert await channel.hand_over(make_letter()) == away
    await channel.close()


async def test_redirects_are_not_followed() -> None:
    async with running(answer(307, Location="/elsewhere")) as provider:
        channel = channel_of(provider)
        assert await channel.hand_over(make_letter()) == Receipt("deferred", "307", "provider")
        await channel.close()
    assert len(provider.asked) == 1


async def test_a_large_answer_is_judged_by_its_status() -> None:
    code = b'{"code": 1, "filler": "' + b"x" * 200_000 + b'"}'
    async with running(answer(400, code)) as provider:
        channel = channel_of(provider, bad_address=[{"pointer": "/code", "values": [1]}])
        assert await channel.hand_over(make_letter()) == Receipt("refused", "400")
        await channel.close()


@pytest.mark.parametrize(
    ("secrets", "code"), [([], "no_secret"), (["s\r\nX: y"], "bad_secret"), (["ș"], "bad_secret")]
)
async def test_without_a_secret_it_waits(secrets: list[str], code: str) -> None:
    async with running(answer(200)) as provider:
        rules = make_rules("http", url=provider.url, json={}, auth={"scheme": "bearer"})
        channel = make(rules, make_setup({"way": secrets}))
        assert await channel.hand_over(make_letter()) == Receipt("deferred", code, "provider")
        await channel.close()
    assert provider.asked == []


async def test_a_damaged_file_of_secrets_makes_it_wait() -> None:
    def damaged(name: str) -> tuple[str, ...]:
        raise Unavailable("a file of secrets can't be read")

    rules = make_rules("http", url="https://sms.example/", json={}, auth={"scheme": "bearer"})
    channel = make(rules, replace(make_setup(), secrets=damaged))
    receipt = await channel.hand_over(make_letter())
    assert receipt == Receipt("deferred", "bad_secret", "provider")
    await channel.close()


async def test_private_addresses_are_forbidden() -> None:
    rules = make_rules("http", url="https://2130706433/", json={})
    channel = make(rules, make_setup(private=False))
    forbidden = Receipt("deferred", "forbidden_address", "provider")
    assert await channel.hand_over(make_letter()) == forbidden
    await channel.close()


@pytest.mark.parametrize(
    ("pointer", "options"),
    [
        ("/url", {"url": "http://sms.example/"}),
        ("/url", {"url": "https://10.0.0.1/"}),
        ("/url", {"url": "https://[::ffff:127.0.0.1]/"}),
        ("/url", {"url": "https://localhost/"}),
        ("/url", {"url": "https://user:word@sms.example/"}),
        ("/url", {"url": "https://{to}.example/"}),
        ("/url", {"url": "https://sms.example/?to={to}"}),
        ("/url", {"url": "https://sms.example/{too}"}),
        ("/url", {"url": "https://sms.example:port/"}),
        ("/url", {"url": "https://[sms.example/"}),
        ("/url", {"url": "ftp://sms.example/"}),
        ("/json/to", {"json": {"to": "{too}"}}),
        ("/json/a/1", {"json": {"a": ["", "{to!r}"]}}),
        ("/json/a~1b", {"json": {"a/b": "{"}}),
        ("/json/to", {"json": {"to": "{}"}}),
        ("/form/To", {"json": None, "form": {"To": "{to.__class__}"}}),
        ("/headers/X-To", {"headers": {"X-To": "{to}"}}),
        ("/headers/Host", {"headers": {"Host": "other.example"}}),
        ("/idempotency_header", {"idempotency_header": "Host"}),
        ("/headers", {"headers": {"X": "a\r\nb"}}),
        ("", {"json": None}),
        ("", {"form": {"To": "{to}"}}),
        ("/auth/scheme", {"auth": {"scheme": "digest"}}),
        ("/max_length", {"max_length": 5}),
        ("/refused/0", {"refused": [99]}),
        ("/refused/0/pointer", {"refused": [{"pointer": "code", "values": [1]}]}),
        ("", {"webhook": "x"}),
    ],
)
def test_options_that_cant_work(pointer: str, options: dict[str, Any]) -> None:
    good = {"url": "https://sms.example/", "json": {"to": "{to}"}}
    with pytest.raises(Invalid) as fault:
        make(make_rules("http", **{**good, **options}), make_setup(private=False))
    assert fault.value.pointer.rstrip("/") == pointer
