"""Payloads of requite.messages.v1: what the notifier decided and what became of it."""

from typing import Literal

from msgspec import Struct

from shared.contracts.engagement import ActRef

DECIDED = "io.requite.message.decided.v1"
DELIVERED = "io.requite.message.delivered.v1"

Verdict = Literal["thanked", "held", "suppressed"]


class Decided(Struct, frozen=True, kw_only=True):
    """What was concluded about an act. `reason` is a code, `message_id` set when thanked."""

    act: ActRef
    verdict: Verdict
    reason: str
    rule: str | None = None
    message_id: str | None = None
    survey: str | None = None


class Delivered(Struct, frozen=True, kw_only=True):
    """What became of a message: handed to the channel, refused for good, or not known."""

    message_id: str
    channel: str
    outcome: Literal["sent", "failed", "unknown"]
