"""Two messages for each of many customers, a mail and a webhook, and what must have become of
each when all is over, whatever happened meanwhile."""

import asyncio
import secrets
import time
from base64 import b64encode
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec

from shared.named_secrets import NamedSecrets
from tests.loop.deployment import eventually
from tests.loop.programmes import ORDERS, add_webhook, one_message_each
from tests.loop.shop import Json, act
from tests.servers.ports import LOOPBACK
from tests.servers.sinks import Sink

MAIL, HOOK = "email", "hook"
FINAL = frozenset(("sent", "failed", "unknown"))
_READERS = 16
_PATIENCE = 120.0
_REST_SECONDS = 2.0
"""So that looking is not what everything else waits for."""


@dataclass(frozen=True, slots=True)
class Sinks:
    """Where messages go. `settings` let a deployment reach both, by a programme of its own that
    sends a mail for each purchase and a webhook for each review."""

    mail: Sink
    hook: Sink
    settings: dict[str, str]

    @property
    def count(self) -> int:
        """How many messages were taken, repeated ones included."""
        return self.mail.count() + self.hook.count()


def make_sinks(folder: Path) -> Sinks:
    """Neither runs yet."""
    secret = f"whsec_{b64encode(secrets.token_bytes(32)).decode()}"
    mail, hook = Sink("mail", folder / "mail"), Sink("hook", folder / "hook", secret)
    reviews = {"on": "review", "template": "review-thanks", "channels": [HOOK]}
    programme = one_message_each(folder / "programme", {"orders": ORDERS, "reviews": reviews})
    add_webhook(programme, HOOK, f"http://{LOOPBACK}:{hook.port}/")
    kept = folder / "channel-secrets.json"
    NamedSecrets(kept).add(HOOK, secret)
    settings = {
        "REQUITE_PROGRAMME_DIR": str(programme),
        "REQUITE_CHANNEL_SECRETS_FILE": str(kept),
        "REQUITE_WEBHOOK_PRIVATE": "true",
        "REQUITE_MAIL": "smtp",
        "REQUITE_SMTP_URL": f"smtp://{LOOPBACK}:{mail.port}",
    }
    return Sinks(mail, hook, settings)


async def send_through_shop(client: httpx.AsyncClient, names: Sequence[str]) -> None:
    """What each of these customers gets two messages for, as a shop tells it: again until it is
    answered."""
    now = datetime.now(UTC).isoformat()
    consent = {"purpose": "thanks", "channel": "any", "state": "granted", "time": now}
    for name in names:
        details = {"name": "Ana", "email": f"{name}@example.com", "locale": "en"}
        path, body = f"/v1/customers/{name}", {**details, "consents": [consent]}

        async def is_known(path: str = path, body: Json = body) -> None:
            assert (await client.put(path, json=body)).is_success

        await eventually(is_known, _PATIENCE)
    batch = msgspec.json.encode([told for name in names for told in acts_of(name)])
    media_type = {"Content-Type": "application/cloudevents-batch+json"}

    async def are_told() -> None:
        response = await client.post("/v1/events", content=batch, headers=media_type)
        assert response.status_code == 202, response.text

    await eventually(are_told, _PATIENCE)


def acts_of(customer: str) -> Sequence[Json]:
    """What there is a rule for each."""
    now = datetime.now(UTC)
    order = {"order_id": f"order-{customer}", "total": "1.00", "currency": "EUR"}
    return (
        act("purchase", customer, now, f"order-{customer}", **order),
        act("review", customer, now, f"review-{customer}", rating=5),
    )


async def final_messages(
    client: httpx.AsyncClient, customers: Sequence[str], seconds: float
) -> list[Json]:
    """The two messages of each customer, once nothing is left to do about any of them. Raises
    AssertionError after `seconds`."""
    deadline, turns = time.monotonic() + seconds, asyncio.Semaphore(_READERS)
    found: list[Json] = []
    open_ones = list(customers)

    async def read(customer: str) -> list[Json]:
        async with turns:
            response = await client.get("/v1/messages", params={"customer": customer})
        assert response.status_code == 200, response.text
        return list(response.json()["data"])

    while open_ones:
        pages = dict(zip(open_ones, await asyncio.gather(*map(read, open_ones)), strict=True))
        open_ones = [name for name, page in pages.items() if not _are_final(page)]
        found += [one for name in pages.keys() - set(open_ones) for one in pages[name]]
        if open_ones:
            late = pages[open_ones[0]]
            assert time.monotonic() < deadline, f"{len(open_ones)} wait, such as {late}"
            await asyncio.sleep(_REST_SECONDS)
    return found


def _are_final(page: Sequence[Json]) -> bool:
    channels = Counter(one["channel"] for one in page)
    return channels == {MAIL: 1, HOOK: 1} and {one["status"] for one in page} <= FINAL


def check(sinks: Sinks, messages: Sequence[Json]) -> Counter[tuple[str, str]]:
    """Raises AssertionError where a message was lost or came twice; returns how many came to what,
    by channel."""
    by_id = {one["id"]: one for one in messages}
    assert len(by_id) == len(messages)
    _mails_came_once(sinks.mail, {id: m for id, m in by_id.items() if m["channel"] == MAIL})
    _hooks_came(sinks.hook, {id: m for id, m in by_id.items() if m["channel"] == HOOK})
    return Counter((one["channel"], one["status"]) for one in messages)


def _mails_came_once(sink: Sink, messages: dict[str, Json]) -> None:
    taken = Counter(one.id for one in sink.taken())
    assert [id for id, times in taken.items() if times > 1] == []
    assert taken.keys() <= messages.keys()
    for id, message in messages.items():
        if message["status"] == "sent":
            assert id in taken, message
        elif id in taken:
            assert message["status"] == "unknown", message
        else:
            assert message["code"], message


def _hooks_came(sink: Sink, messages: dict[str, Json]) -> None:
    """Each at least once; whatever came again is the same under the same id."""
    digests: dict[str, set[str]] = defaultdict(set)
    for one in sink.taken():
        digests[one.id].add(one.digest)
    assert digests.keys() == messages.keys()
    assert {id: found for id, found in digests.items() if len(found) > 1} == {}
    assert {message["status"] for message in messages.values()} == {"sent"}
