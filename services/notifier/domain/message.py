"""A message on its way to a customer."""

from dataclasses import dataclass
from typing import Literal

from services.notifier.domain.decision import Decision

Status = Literal["waiting", "sending", "sent", "failed", "unknown", "erased"]
Final = Literal["sent", "failed", "unknown"]
FINAL: frozenset[Status] = frozenset(("sent", "failed", "unknown"))


@dataclass(frozen=True, slots=True)
class Text:
    """What the customer reads, in `language`."""

    subject: str
    body: str
    language: str


@dataclass(frozen=True, slots=True)
class Message:
    """`due` (ms) is when a sender may take it: the next attempt, or the end of another's lease;
    None once nothing is left to do. `code` says why the last attempt came to nothing.

    An `erased` one has lost its customer and its text, and waits for its traces to be removed.
    """

    id: str
    decision_id: str
    customer: str
    rule: str
    channel: str
    created_at: int
    due: int | None
    status: Status = "waiting"
    attempts: int = 0
    code: str | None = None
    finished_at: int | None = None
    text: Text | None = None
    trace: str | None = None
    announced: bool = True


def message_for(decision: Decision, channel: str) -> Message | None:
    """The message that a decision asks for, due at once; None if it asks for none."""
    if decision.message_id is None or decision.rule is None:
        return None
    return Message(
        id=decision.message_id,
        decision_id=decision.id,
        customer=decision.act.customer,
        rule=decision.rule,
        channel=channel,
        created_at=decision.decided_at,
        due=decision.decided_at,
        trace=decision.act.trace,
    )
