"""A note for the parcel, which the shop prints (GET /v1/packing-notes/{order_id})."""

from services.notifier.channels.kept import Kept
from services.notifier.channels.setup import Setup
from services.notifier.domain.delivery import Receipt
from services.notifier.ports.channels import Channel, Letter
from shared.programme.channel_rules import ChannelRules


class Print(Kept):
    """For what is about an order."""

    def __init__(self, rules: ChannelRules) -> None:
        """Raises Invalid. Whoever finds the parcel must not be able to answer for the customer."""
        super().__init__(rules, carries_links=False)

    async def hand_over(self, letter: Letter) -> Receipt:
        return Receipt("refused", "no_order") if letter.order is None else Receipt("taken")


def make(rules: ChannelRules, setup: Setup) -> Channel:
    """Raises Invalid for options, of which it has none, and for another name."""
    return Print(rules)
