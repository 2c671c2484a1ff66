"""Standard Webhooks: the suite, the specification's own vector, and what bodies mean."""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from services.events.connectors.port import Reading
from shared.errors import Invalid
from shared.webhooks.delivery import Delivery, SignatureRefused
from shared.webhooks.standard import verify
from tests.services.events.builders import NOW
from tests.services.events.connectors.suite import ConnectorSuite, Told, make_connector

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
VECTOR = Delivery(
    {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    },
    b'{"test": 2432232314}',
    datetime.fromtimestamp(1614265330, UTC),
)


def make_body(kind: str = "help", **data: Any) -> dict[str, Any]:
    said = {"customer": "c-204", "topic": "first brew", "channel": "community"} | data
    return {"type": kind, "timestamp": "2026-05-01T10:00:00+02:00", "data": said}


def tell(body: Any, message_id: str = "msg_1") -> Told:
    return Told(json.dumps(body).encode(), {"webhook-id": message_id})


def read(body: Any, message_id: str = "msg_1") -> Reading:
    told = tell(body, message_id)
    return make_connector("standard-webhooks", "desk").read(Delivery(told.headers, told.body, NOW))


def make_secret(text: str) -> str:
    return "whsec_" + base64.b64encode(text.encode()).decode()


class TestStandardWebhooks(ConnectorSuite):
    name = "standard-webhooks"
    source = "desk"
    secrets = (make_secret("a" * 24), make_secret("b" * 24), make_secret("c" * 24))
    timed = True

    def sign(self, told: Told, secret: str, at: datetime) -> Delivery:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        time = str(int(at.timestamp()))
        message = f"{told.headers['webhook-id']}.{time}.".encode() + told.body
        signature = base64.b64encode(hmac.digest(key, message, hashlib.sha256)).decode()
        headers = {"webhook-timestamp": time, "webhook-signature": f"v1,{signature}"}
        return Delivery({**told.headers, **headers}, told.body, at)

    def story(self) -> Sequence[Told]:
        return [
            tell(make_body(), "msg_1"),
            tell(make_body("complaint", message="Broken.", topic=None), "msg_2"),
            tell(make_body("io.requite.act.visit.v1", location="Paris"), "msg_3"),
        ]


def test_the_vector_of_the_specification() -> None:
    verify(VECTOR, [SECRET])
    with pytest.raises(SignatureRefused):
        verify(replace(VECTOR, body=b'{"test": 2432232315}'), [SECRET])


@pytest.mark.parametrize(
    "signature",
    [
        "v1,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        "v1a,xyz v2,abc v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ],
)
def test_one_of_several_signatures_is_enough(signature: str) -> None:
    verify(replace(VECTOR, headers={**VECTOR.headers, "webhook-signature": signature}), [SECRET])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("webhook-id", "msg.p5jXN8AQM9LWM0D4loKWxJek"),
        ("webhook-id", ""),
        ("webhook-timestamp", "1614265330.5"),
        ("webhook-timestamp", ""),
        ("webhook-signature", "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        ("webhook-signature", "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        ("webhook-signature", ""),
    ],
)
def test_headers_that_sign_nothing(name: str, value: str) -> None:
    with pytest.raises(SignatureRefused):
        verify(replace(VECTOR, headers={**VECTOR.headers, name: value}), [SECRET])


def test_a_secret_that_is_none_signs_nothing() -> None:
    with pytest.raises(SignatureRefused, match="base64"):
        verify(VECTOR, ["whsec_?"])


def test_a_body_is_an_act() -> None:
    (act,) = read(make_body(words="😀", n=1.10)).acts
    assert (act.id, act.type, act.subject) == ("msg_1", "io.requite.act.help.v1", "c-204")
    assert (act.source, act.time) == ("/webhooks/desk", "2026-05-01T08:00:00Z")
    assert json.loads(act.data or b"") == {
        "topic": "first brew",
        "channel": "community",
        "words": "😀",
        "n": 1.1,
    }


def test_numbers_are_passed_on_to_the_last_digit() -> None:
    body = (
        b'{"type":"purchase","timestamp":"2026-05-01T10:00:00Z","data":'
        b'{"customer":"c-1","order_id":"1","currency":"EUR","total":42.500000000000000001}}'
    )
    connector = make_connector("standard-webhooks", "desk")
    (act,) = connector.read(Delivery({"webhook-id": "1"}, body, NOW)).acts
    assert b"42.500000000000000001" in (act.data or b"")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (make_body(customer=None), "/data/customer"),
        (make_body(customer=7), "/data/customer"),
        (make_body(customer="anna@example.com"), "/data/customer"),
        (make_body(customer="email:anna"), "/data/customer"),
        ({"type": "help", "timestamp": "2026-05-01T10:00:00Z", "data": {}}, "/data/customer"),
        ({"type": "help", "timestamp": "now", "data": {"customer": "c-1"}}, "/timestamp"),
        ({"type": "he lp", "timestamp": "now", "data": {"customer": "c-1"}}, "/type"),
        ({"type": "help", "timestamp": "2026-05-01T10:00:00Z", "data": []}, "/data"),
        ({"type": "help", "data": {}}, ""),
    ],
)
def test_errors_point_into_the_body(body: Any, pointer: str) -> None:
    with pytest.raises(Invalid) as caught:
        read(body)
    assert caught.value.pointer == pointer
