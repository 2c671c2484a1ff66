"""The channel of signed webhooks."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
from msgspec import Struct

from services.notifier.channels.exchange import Answer, Exchange, retry_after
from services.notifier.channels.setup import Setup, options_as
from services.notifier.channels.target import check_target
from services.notifier.channels.webhook.signing import sign
from services.notifier.domain.delivery import Receipt
from services.notifier.domain.policy import Route
from services.notifier.ports.channels import Channel, Letter
from shared.clock import Clock
from shared.errors import Unavailable
from shared.programme.channel_rules import ChannelRules

SCHEDULE = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
)
"""Standard Webhooks, "Deliverability and reliability"."""

GONE = 410
MOST_READ = 4096
"""Bytes of a body, read only so that the connection can be used again."""
_THROTTLING = frozenset((429, 502, 503, 504))


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`needs_consent` and `disturbs` depend on what the shop's system does with a message."""

    url: str
    needs_consent: bool = True
    disturbs: bool = True


class Webhook:
    """POSTs messages as JSON; a receiver knows a repeated one by its webhook-id."""

    idempotent = True
    schedule: Sequence[timedelta] = SCHEDULE

    def __init__(self, rules: ChannelRules, options: Options, setup: Setup) -> None:
        self.route = Route(rules.name, "customer", options.needs_consent, options.disturbs)
        self._url = options.url
        self._secrets = setup.secrets
        self._clock: Clock = setup.clock
        self._exchange = Exchange(setup.make_client(), rules.at_once)

    async def hand_over(self, letter: Letter) -> Receipt:
        """Taken is 2xx only; a redirect is not followed, and the answer's body says nothing."""
        timestamp, body = int(self._clock.now().timestamp()), body_of(letter)
        try:
            secrets = self._secrets(self.route.name)
            signature = sign(letter.id, timestamp, body, secrets)
        except (Unavailable, ValueError):
            return Receipt("deferred", "bad_secret", "provider")
        if not secrets:
            return Receipt("deferred", "no_secret", "provider")
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Requite",
            "webhook-id": letter.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature,
        }
        answer = await self._exchange.post(self._url, headers, body, most=MOST_READ)
        return answer if isinstance(answer, Receipt) else self._receipt(answer)

    def _receipt(self, answer: Answer) -> Receipt:
        status = answer.status
        if 200 <= status < 300:
            return Receipt("taken", str(status))
        after = retry_after(answer.headers, self._clock.now()) if status in _THROTTLING else None
        return Receipt("deferred", str(status), "provider", after, gone=status == GONE)

    async def forget(self, id: str) -> None:
        """Nothing is held here."""

    async def close(self) -> None:
        await self._exchange.close()


def body_of(letter: Letter) -> bytes:
    """The same bytes at every attempt, so long as the letter's time is."""
    data: dict[str, Any] = {
        "message_id": letter.id,
        "customer": letter.customer,
        "purpose": letter.purpose,
        "subject": letter.text.subject,
        "text": letter.text.body,
        "html": letter.text.html,
        "language": letter.text.language,
        "order": letter.order,
    }
    return msgspec.json.encode({"type": "message", "timestamp": letter.time, "data": data})


def make(rules: ChannelRules, setup: Setup) -> Channel:
    """Raises Invalid for options that can't work."""
    options = options_as(rules, Options)
    check_target(options.url, "/url", private=setup.settings.webhook_private)
    return Webhook(rules, options, setup)
