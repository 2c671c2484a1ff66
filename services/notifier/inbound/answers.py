"""What the HTTP interface gives, where people read."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, Field

from services.notifier.domain.decision import Decision, Reason
from services.notifier.domain.message import Message, Status
from shared.clock import from_epoch_ms
from shared.contracts.messages import Verdict


class ActAnswer(BaseModel):
    """An act by its identity, its type and when it happened."""

    source: str
    id: str
    type: str
    time: str


class DecisionAnswer(BaseModel):
    """What was concluded about an act, and why."""

    id: str
    customer: str | None = Field(description="Null once the customer is erased.")
    act: ActAnswer
    verdict: Verdict
    reason: Reason
    reason_text: str = Field(description="The reason in a sentence, to be read out.")
    rule: str | None = Field(description="The thank-you rule that applies to the act.")
    message_id: str | None = Field(description="The message, if the customer is thanked.")
    survey: str | None = Field(description="The survey that the message links to.")
    decided_at: datetime
    held_until: datetime | None = Field(
        description="When a held act is too old to thank for; null if it never is."
    )

    @classmethod
    def of(cls, decision: Decision, survivors: Mapping[str, str]) -> "DecisionAnswer":
        """`survivors` says for whom each customer stands now."""
        ref = decision.act.ref
        return cls(
            id=decision.id,
            customer=survivors.get(decision.act.customer),
            act=ActAnswer(source=ref.source, id=ref.id, type=ref.type, time=ref.time),
            verdict=decision.verdict,
            reason=decision.reason,
            reason_text=decision.sentence,
            rule=decision.rule,
            message_id=decision.message_id,
            survey=decision.survey,
            decided_at=from_epoch_ms(decision.decided_at),
            held_until=_time(decision.held_until),
        )


class DecisionsAnswer(BaseModel):
    """Some decisions, newest first; no `next_cursor` at the end."""

    data: list[DecisionAnswer]
    next_cursor: str | None


class MessageAnswer(BaseModel):
    """A message and what became of it. The text is plain, as sent; null before it is written,
    and again 90 days after the outcome."""

    id: str
    decision_id: str
    customer: str
    rule: str
    channel: str
    status: Status = Field(
        description="`unknown`: the attempt broke off and may have reached the customer."
    )
    attempts: int
    code: str | None = Field(
        description="What the last attempt came to: a server's code or a word."
    )
    created_at: datetime
    next_attempt_at: datetime | None
    finished_at: datetime | None
    language: str | None
    subject: str | None
    body: str | None

    @classmethod
    def of(cls, message: Message, survivors: Mapping[str, str]) -> "MessageAnswer":
        """`survivors` says for whom each customer stands now."""
        text = message.text
        return cls(
            id=message.id,
            decision_id=message.decision_id,
            customer=survivors[message.customer],
            rule=message.rule,
            channel=message.channel,
            status=message.status,
            attempts=message.attempts,
            code=message.code,
            created_at=from_epoch_ms(message.created_at),
            next_attempt_at=_time(message.due) if message.status == "waiting" else None,
            finished_at=_time(message.finished_at),
            language=text and text.language,
            subject=text and text.subject,
            body=text and text.body,
        )


class MessagesAnswer(BaseModel):
    """Some messages, newest first; no `next_cursor` at the end."""

    data: list[MessageAnswer]
    next_cursor: str | None


def _time(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else from_epoch_ms(milliseconds)
