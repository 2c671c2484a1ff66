"""What a channel is made from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

import httpx
import msgspec

from services.notifier.channels.guard import make_client
from services.notifier.ports.channels import Channel
from shared.clock import Clock
from shared.config import Settings
from shared.contracts.payload import misfit_of
from shared.programme.channel_rules import ChannelRules

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Setup:
    """What all channels are made with, besides the rules of each. `secrets` gives those of a
    channel by its name, newest first, each time anew, and raises Unavailable; `client` a new HTTP
    client, which is told whether it may reach private addresses."""

    settings: Settings
    clock: Clock
    secrets: Callable[[str], Sequence[str]]
    client: Callable[[bool], httpx.AsyncClient] = make_client

    def make_client(self) -> httpx.AsyncClient:
        """One that goes where the settings let it go."""
        return self.client(self.settings.webhook_private)


MakeChannel = Callable[[ChannelRules, Setup], Channel]


def options_as(rules: ChannelRules, shape: type[T]) -> T:
    """The channel's options as the struct `shape`. Raises Invalid with a pointer into them."""
    try:
        return msgspec.convert(_plain(rules.options), shape)
    except msgspec.ValidationError as error:
        raise misfit_of(error) from None


def _plain(value: Any) -> Any:
    """As JSON has it: msgspec reads a mapping that is no dict by its attributes, such as `values`,
    and would write a Decimal as text."""
    if isinstance(value, Mapping):
        return {name: _plain(member) for name, member in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return float(value) if isinstance(value, Decimal) else value
