"""Channels from the options of a file, letters for them, and what they are made with."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx

from services.notifier.channels.guard import make_client
from services.notifier.channels.setup import Setup
from services.notifier.domain.message import Text
from services.notifier.ports.channels import Letter
from shared.clock import Clock, ManualClock
from shared.config import Settings
from shared.programme.channel_rules import ChannelRules

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
MESSAGE = "0123456789abcdef0123456789abcdef"


def make_setup(
    secrets: Mapping[str, Sequence[str]] | None = None,
    *,
    private: bool = True,
    clock: Clock | None = None,
    client: Callable[[bool], httpx.AsyncClient] = make_client,
) -> Setup:
    """`private` lets channels reach a server on loopback."""
    kept = secrets or {}
    settings = Settings(webhook_private=private)
    return Setup(settings, clock or ManualClock(NOW), lambda name: kept.get(name, ()), client)


def make_rules(
    adapter: str, /, name: str = "way", at_once: int = 8, **options: Any
) -> ChannelRules:
    """The rules of channels/<name>.yaml."""
    return ChannelRules(name, adapter, options, at_once=at_once, file=f"channels/{name}.yaml")


def make_letter(
    to: str = "+40721000000",
    body: str = "Thank you for your order.\n\nIt made our day.",
    *,
    name: str | None = "Ana",
    order: str | None = "1001",
) -> Letter:
    """A thank-you to Ana."""
    return Letter(
        id=MESSAGE,
        customer="c-1",
        to=to,
        name=name,
        text=Text("Thank you", body, "en", "<p>Thank you</p>"),
        purpose="thanks",
        time=NOW,
        preferences_url="https://shop.example/u/token",
        order=order,
    )
