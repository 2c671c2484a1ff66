"""Payloads of requite.messages.v1: what the notifier decided and what became of it."""

from typing import Literal

from msgspec import Struct

from shared.contracts.engagement import ActRef
from shared.contracts.purposes import Purpose

DECIDED = "io.requite.message.decided.v1"
DELIVERED = "io.requite.message.delivered.v1"

REQUESTED = "io.requite.message.requested.v1"
PREFERRED = "io.requite.message.preferred.v1"

Verdict = Literal["thanked", "held", "merged", "suppressed"]


class Decided(Struct, frozen=True, kw_only=True):
    """What was concluded about an act, a moment or a request (`act` says which by its type).
    `reason` is a code; `message_id` is set when thanked, and when merged into another's message.
    """

    act: ActRef
    verdict: Verdict
    reason: str
    rule: str | None = None
    message_id: str | None = None
    survey: str | None = None
    purpose: Purpose | None = None


class Delivered(Struct, frozen=True, kw_only=True):
    """What became of a message: handed to the channel, refused for good, or not known."""

    message_id: str
    channel: str
    outcome: Literal["sent", "failed", "unknown"]


class Preferred(Struct, frozen=True, kw_only=True):
    """A customer said what they want to receive, with Requite itself and not through the shop.

    `consents` are those given or withdrawn, as (purpose, channel, state); `paused_until` is
    RFC 3339.
    """

    source: Literal["page", "one_click", "mail", "api"]
    time: str
    consents: tuple[tuple[str, str, Literal["granted", "withdrawn"]], ...] = ()
    frequency: Literal["usual", "weekly", "monthly"] | None = None
    paused_until: str | None = None
