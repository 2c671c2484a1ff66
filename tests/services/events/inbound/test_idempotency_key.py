"""The same request under the same key is answered once."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Invalid
from shared.web.idempotency_key import idempotency_key
from tests.services.events.inbound.running import Running, make_json, open_running


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with open_running(tmp_path) as opened:
        yield opened


async def test_the_second_answer_is_the_first(running: Running) -> None:
    body = [make_json(id="1"), make_json(id="2", type="unheard.of")]
    first = await running.post(body, **{"Idempotency-Key": '"k-1"'})
    again = await running.post(body, **{"Idempotency-Key": "k-1"})
    assert (first.status_code, again.status_code) == (207, 207)
    assert first.content == again.content
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"


async def test_another_request_under_the_same_key_is_refused(running: Running) -> None:
    await running.post([make_json(id="1")], **{"Idempotency-Key": "k-1"})
    other = await running.post([make_json(id="2")], **{"Idempotency-Key": "k-1"})
    assert other.status_code == 422
    assert "Idempotency-Key" in other.json()["errors"][0]["detail"]


async def test_attributes_of_binary_mode_are_part_of_the_request(running: Running) -> None:
    event = make_json()
    names = ("specversion", "id", "source", "type", "subject", "time")
    headers = {f"ce-{name}": event[name] for name in names} | {"Idempotency-Key": "k-1"}
    first = await running.post(event["data"], "application/json", **headers)
    other = await running.post(event["data"], "application/json", **headers | {"ce-id": "2"})
    assert (first.status_code, other.status_code) == (202, 422)


async def test_keys_of_others_are_others(running: Running) -> None:
    await running.post([make_json(id="1")], **{"Idempotency-Key": "k-1"})
    key = running.infrastructure.keys.create("other", ["events:write"])
    headers = {"Idempotency-Key": "k-1", "Authorization": f"Bearer {key}"}
    other = await running.post([make_json(id="2")], **headers)
    assert other.status_code == 202


async def test_a_refusal_is_an_answer_too(running: Running) -> None:
    foreign = "application/cloudevents+xml"
    first, again = [
        await running.post(b"<a/>", foreign, **{"Idempotency-Key": "k-1"}) for _ in range(2)
    ]
    assert (first.status_code, again.status_code) == (415, 415)
    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize("key", [b"", b'""', b'"a', b"a b", b"\xc3\xa4", b"x" * 256])
def test_keys_that_are_none(key: bytes) -> None:
    with pytest.raises(Invalid):
        idempotency_key([(b"idempotency-key", key)])


def test_two_keys_are_none() -> None:
    with pytest.raises(Invalid):
        idempotency_key([(b"idempotency-key", b"a"), (b"idempotency-key", b"a")])


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=255))
def test_a_quoted_key_says_what_it_says(key: str) -> None:
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    assert idempotency_key([(b"idempotency-key", f'"{escaped}"'.encode())]) == key
