"""Heed what a provider's webhook says came back, once it is proved."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from services.notifier.domain.policy import Route
from services.notifier.domain.provider_report import items_of, read_item
from services.notifier.domain.returned import Returned
from services.notifier.use_cases.bouncing import TakeBounces, Taken
from shared.clock import Clock
from shared.errors import Invalid
from shared.programme.channel_rules import BounceRules
from shared.webhooks.delivery import Delivery

MOST_ITEMS = 10_000
MOST_HEEDED = 1000
"""Of those whose kind the channel's file names; most that providers tell are of other kinds."""
_CUSTOMER = "customer"

log = structlog.get_logger()


def secret_name(channel: str) -> str:
    """Under which name the secrets of a channel's provider stand: not the channel's own, with
    which it sends."""
    return f"{channel}.bounces"


@dataclass(frozen=True, slots=True)
class TakeProviderReports:
    """`rules` are of the channels whose provider reports, `secrets` of a name, newest first."""

    rules: Mapping[str, BounceRules]
    routes: Mapping[str, Route]
    secrets: Callable[[str], Sequence[str]]
    take: TakeBounces
    clock: Clock

    def prove(
        self, channel: str, headers: Mapping[str, str], query: Mapping[str, str], body: bytes
    ) -> None:
        """Raises KeyError for a channel whose provider does not report, SignatureRefused, and
        Unavailable while the secrets can't be read."""
        delivery = Delivery(headers, body, self.clock.now(), query)
        self.rules[channel].signature.verify(delivery, self.secrets(secret_name(channel)))

    async def __call__(self, channel: str, document: Any) -> Sequence[Taken]:
        """What came of each item of a proved body; one that can't be read is ignored, since the
        provider would only send it again. Raises Invalid, and Unavailable."""
        rules, route = self.rules[channel], self.routes[channel]
        kind = route.address if route.address != _CUSTOMER else None
        items = items_of(rules, document)
        if len(items) > MOST_ITEMS:
            raise Invalid(f"at most {MOST_ITEMS} at a time", rules.items)
        read = [read_item(rules, item, kind) for item in items]
        if sum(isinstance(one, Returned) for one in read) > MOST_HEEDED:
            raise Invalid(f"at most {MOST_HEEDED} that came back at a time", rules.items)
        taken = [await self._take(one) for one in read]
        came = Counter(one.outcome for one in taken)
        log.info("provider_reported", channel=channel, items=len(items), came=dict(came))
        return taken

    async def _take(self, read: Returned | str) -> Taken:
        if isinstance(read, Returned):
            return await self.take(read)
        self.take.count("other", "ignored")
        return Taken("ignored", read)
