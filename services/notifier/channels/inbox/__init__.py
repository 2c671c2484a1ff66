"""The inbox that a shop's app or site shows (GET /v1/inbox/{customer})."""

from services.notifier.channels.kept import Kept
from services.notifier.channels.setup import Setup
from services.notifier.domain.delivery import Receipt
from services.notifier.ports.channels import Channel, Letter
from shared.programme.channel_rules import ChannelRules


class Inbox(Kept):
    """There as soon as it is written."""

    async def hand_over(self, letter: Letter) -> Receipt:
        return Receipt("taken")


def make(rules: ChannelRules, setup: Setup) -> Channel:
    """Raises Invalid for options, of which it has none, and for another name."""
    return Inbox(rules)
