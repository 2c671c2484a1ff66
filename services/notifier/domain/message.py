"""A message on its way to a customer."""

import hashlib
from dataclasses import dataclass
from typing import Literal

from services.notifier.domain.occasion import Occasion
from shared.contracts.purposes import Purpose

Status = Literal["waiting", "sending", "sent", "failed", "unknown", "erased"]
Final = Literal["sent", "failed", "unknown"]
FINAL: frozenset[Status] = frozenset(("sent", "failed", "unknown"))


@dataclass(frozen=True, slots=True)
class Text:
    """What the customer reads, in `language`: plain text, and the same as HTML where a channel
    shows it."""

    subject: str
    body: str
    language: str
    html: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """`due` (ms) is when a sender may take it: the next attempt, or the end of another's lease;
    None once nothing is left to do. `code` says why the last attempt came to nothing. `since` is
    when what it answers happened, `order` the order it is about, `read_at` when the customer read
    it in the shop's app.

    An `erased` one has lost its customer and its text, and waits for its traces to be removed.
    """

    id: str
    decision_id: str
    customer: str
    rule: str
    purpose: Purpose
    channel: str
    created_at: int
    since: int
    due: int | None
    status: Status = "waiting"
    attempts: int = 0
    code: str | None = None
    finished_at: int | None = None
    text: Text | None = None
    trace: str | None = None
    order: str | None = None
    read_at: int | None = None
    announced: bool = True


def message_id(occasion: Occasion, rule: str, channel: str) -> str:
    """32 hex digits: the same occasion, rule and channel never make a second message."""
    identity = f"{occasion.ref.source} {occasion.ref.id}\n{rule}\n{channel}"
    return hashlib.sha256(identity.encode()).hexdigest()[:32]
