"""Channels whose message is in the store already: the shop comes and takes it."""

from collections.abc import Sequence
from datetime import timedelta

from msgspec import Struct

from services.notifier.channels.setup import options_as
from services.notifier.domain.delivery import RETRY_AFTER
from services.notifier.domain.policy import Route
from shared.errors import Invalid
from shared.programme.channel_rules import ChannelRules


class Options(Struct, forbid_unknown_fields=True):
    """A channel's file sets nothing."""


class Kept:
    """Needs no address and no consent, and disturbs nobody."""

    idempotent = True
    schedule: Sequence[timedelta] = RETRY_AFTER

    def __init__(self, rules: ChannelRules, *, carries_links: bool = True) -> None:
        """Raises Invalid."""
        options_as(rules, Options)
        if rules.name != rules.adapter:
            # The routes by which the shop takes these know one of each.
            raise Invalid(f"this channel must be called {rules.adapter}", "")
        self.route = Route(
            rules.name,
            "customer",
            needs_consent=False,
            disturbs=False,
            carries_links=carries_links,
        )

    async def forget(self, id: str) -> None:
        """Nothing is held beside the store."""

    async def close(self) -> None:
        """Nothing is open."""
