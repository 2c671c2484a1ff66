"""POST /v1/bounces/{channel}: providers' own words are heeded, once they are proved."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from services.notifier.domain.consent import standing
from services.notifier.domain.policy import Route
from shared.clock import epoch_ms
from tests.services.notifier.builders import NOW, TIME, make_customer, tell
from tests.services.notifier.channels import bounce_examples as examples
from tests.services.notifier.channels.files import programme_with
from tests.services.notifier.wishes import Wishes, open_wishes

ADA = ("email", "ada@example.org")
PATH = "/v1/bounces/email"
BASIC = {"Authorization": f"Basic {base64.b64encode(b'requite:s3cret').decode()}"}
HUSH = "whsec_" + base64.b64encode(b"h" * 24).decode()


@pytest.fixture
async def wishes(tmp_path: Path) -> AsyncIterator[Wishes]:
    async with open_wishes(tmp_path) as opened:
        await opened.stores.customers.put([tell(make_customer())])
        opened.client.headers.pop("Authorization")
        yield opened


def reporting(wishes: Wishes, folder: Path, text: str, secret: str = "requite:s3cret") -> None:
    """Let the provider of the channel `email` report as `text` says."""
    rules = programme_with(folder / "programme", email=text).channels["email"].bounces
    assert rules is not None
    wishes.rules["email"] = rules
    wishes.secrets["email.bounces"] = (secret,)


async def told(
    wishes: Wishes, body: Any, path: str = PATH, headers: Mapping[str, str] = BASIC
) -> list[str]:
    """What comes of each."""
    response = await wishes.client.post(path, json=body, headers=headers)
    assert response.status_code == 202, response.text
    return [one["outcome"] for one in response.json()["data"]]


async def test_sendgrid(wishes: Wishes, tmp_path: Path) -> None:
    reporting(wishes, tmp_path, examples.SENDGRID)
    message = await wishes.message()
    events = [
        examples.sendgrid(message.id, event="processed"),
        examples.sendgrid(message.id, event="deferred"),
        examples.sendgrid(message.id, type="blocked"),
        examples.sendgrid(message.id),
        examples.sendgrid(message.id, event="open"),
        "nonsense",
    ]
    came = ["ignored", "counted", "counted", "suppressed", "ignored", "ignored"]
    assert await told(wishes, events) == came
    found = await wishes.suppressing.check(*ADA)
    assert found is not None
    assert (found.cause, found.message, found.since) == ("hard_bounce", message.id, 1771000000000)
    assert found.code == "5.0.0"
    assert wishes.counted == {
        ("other", "ignored"): 3,
        ("soft", "counted"): 2,
        ("hard", "suppressed"): 1,
    }


async def test_who_complains_to_sendgrid_gets_nothing_more(wishes: Wishes, tmp_path: Path) -> None:
    reporting(wishes, tmp_path, examples.SENDGRID)
    report = examples.sendgrid("0" * 32, event="spamreport")
    for _ in range(2):
        assert await told(wishes, [report]) == ["suppressed"]
    consents = (await wishes.customer()).consents
    assert standing(consents, "thanks", "email", TIME) == "withdrawn"


async def test_mailgun(wishes: Wishes, tmp_path: Path) -> None:
    reporting(wishes, tmp_path, examples.MAILGUN, "t0ken")
    message = await wishes.message()
    path = f"{PATH}?token=t0ken"
    temporary = examples.mailgun(message.id, severity="temporary")
    assert await told(wishes, temporary, path) == ["counted"]
    assert await told(wishes, examples.mailgun(message.id, event="opened"), path) == ["ignored"]
    assert await told(wishes, examples.mailgun(message.id), path) == ["suppressed"]
    found = await wishes.suppressing.check(*ADA)
    assert found is not None
    assert (found.code, found.since, found.message) == ("605", 1521233195375, message.id)


async def test_postmark(wishes: Wishes, tmp_path: Path) -> None:
    reporting(wishes, tmp_path, examples.POSTMARK)
    assert await told(wishes, examples.postmark(Type="SoftBounce")) == ["counted"]
    assert await told(wishes, examples.postmark()) == ["suppressed"]
    found = await wishes.suppressing.check(*ADA)
    assert found is not None
    assert found.cause == "hard_bounce"
    other = examples.postmark(Email="bo@example.org", Type="SpamComplaint")
    assert await told(wishes, other) == ["suppressed"]


async def test_standard_webhooks(wishes: Wishes, tmp_path: Path) -> None:
    reporting(wishes, tmp_path, examples.RELAY, HUSH)
    message = await wishes.message()
    verp = f"bounces+{message.id}@shop.example"
    body = json.dumps({"data": {"returned": [{"why": 550, "verp": verp}]}}).encode()
    at = str(epoch_ms(NOW) // 1000)
    digest = hmac.digest(b"h" * 24, b"msg_1." + at.encode() + b"." + body, hashlib.sha256)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
    response = await wishes.client.post(PATH, content=body, headers=headers)
    assert [one["outcome"] for one in response.json()["data"]] == ["suppressed"]
    spoilt = await wishes.client.post(PATH, content=body + b" ", headers=headers)
    assert spoilt.status_code == 401
    assert await wishes.suppressing.check(*ADA) is not None


async def test_only_who_proves_it_is_heard(wishes: Wishes, tmp_path: Path) -> None:
    reporting(wishes, tmp_path, examples.SENDGRID)
    body = [examples.sendgrid("0" * 32)]
    other = {"Authorization": f"Basic {base64.b64encode(b'requite:secret').decode()}"}
    for headers in ({}, other, {"Authorization": "Bearer requite:s3cret"}):
        response = await wishes.client.post(PATH, json=body, headers=headers)
        assert response.status_code == 401
        assert response.headers["www-authenticate"].startswith("Basic ")
    wishes.secrets.clear()
    assert (await wishes.client.post(PATH, json=body, headers=BASIC)).status_code == 401
    assert await wishes.suppressing.page(10, None) == []
    assert not wishes.counted


async def test_the_secret_of_sending_proves_nothing(wishes: Wishes, tmp_path: Path) -> None:
    reporting(wishes, tmp_path, examples.SENDGRID)
    wishes.secrets["email"] = wishes.secrets.pop("email.bounces")
    assert (await wishes.client.post(PATH, json=[], headers=BASIC)).status_code == 401


@pytest.mark.parametrize("name", ["inbox", "nothing", "email.bounces", "é", "email%2Fx"])
async def test_other_channels_are_not_there(wishes: Wishes, tmp_path: Path, name: str) -> None:
    reporting(wishes, tmp_path, examples.SENDGRID)
    response = await wishes.client.post(f"/v1/bounces/{name}", json=[], headers=BASIC)
    assert response.status_code == 404


async def test_limits(wishes: Wishes, tmp_path: Path) -> None:
    reporting(wishes, tmp_path, examples.SENDGRID)

    async def status(body: bytes) -> int:
        return (await wishes.client.post(PATH, content=body, headers=BASIC)).status_code

    soft = json.dumps({"event": "deferred", "email": "a@b"}).encode()
    assert await status(b"[" + b",".join([soft] * 1001) + b"]") == 422
    assert await status(b"[" + b",".join([b"1"] * 10_001) + b"]") == 422
    assert not wishes.counted
    assert await status(b"[" + b",".join([b"1"] * 10_000) + b"]") == 202
    assert await status(b" " * (2**20 + 1)) == 413
    assert await status(b"MessageSid=SM1&MessageStatus=undelivered") == 422


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b'"\xff"',
        b'["\\ud800"]',
        b"[" * 100_000,
        b"9" * 10_000,
        b"1e999",
        b"NaN",
    ],
)
async def test_hostile_bodies_are_no_fault_of_ours(
    wishes: Wishes, tmp_path: Path, body: bytes
) -> None:
    reporting(wishes, tmp_path, examples.SENDGRID)
    response = await wishes.client.post(PATH, content=body, headers=BASIC)
    assert response.status_code in (202, 422), response.text


async def test_a_customers_id_is_no_address(wishes: Wishes, tmp_path: Path) -> None:
    reporting(wishes, tmp_path, examples.POSTMARK)
    routes = {**wishes.policy.routes, "email": Route("email", "customer")}
    object.__setattr__(wishes.policy, "routes", routes)
    reports = wishes.provider_reports
    (taken,) = await reports("email", examples.postmark(Email="c-1"))
    assert (taken.outcome, taken.reason) == ("ignored", "it names no message and no address")
