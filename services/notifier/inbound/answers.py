"""What the HTTP interface gives, where people read."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, Field

from services.notifier.domain.decision import Decision, Reason
from services.notifier.domain.message import Message, Status
from shared.clock import epoch_ms, from_epoch_ms
from shared.contracts.messages import Verdict
from shared.contracts.purposes import Purpose
from shared.links import without_tokens
from shared.web.cursors import LAST


class ActAnswer(BaseModel):
    """An act, a moment or a request by its identity, its type and when it happened."""

    source: str
    id: str
    type: str
    time: str


class DecisionAnswer(BaseModel):
    """What was concluded about an act, a moment or a request, and why."""

    id: str
    customer: str | None = Field(description="Null once the customer is erased.")
    act: ActAnswer
    kind: str = Field(description="What rules call it, such as purchase or level_reached.friend.")
    verdict: Verdict
    reason: Reason
    reason_text: str = Field(description="The reason in a sentence, to be read out.")
    rule: str | None = Field(description="The rule that answers it.")
    purpose: Purpose | None
    channel: str | None
    message_id: str | None = Field(description="The message, if the customer gets one.")
    merged_into: str | None = Field(description="The decision whose message it went with.")
    survey: str | None = Field(description="The survey that the message links to.")
    decided_at: datetime
    held_until: datetime | None = Field(
        description="When what is held is too old for a message; null if it never is."
    )
    decided_again_at: datetime | None = Field(
        description="When what is held is decided again, if nothing changes before."
    )

    @classmethod
    def of(cls, decision: Decision, survivors: Mapping[str, str]) -> "DecisionAnswer":
        """`survivors` says for whom each customer stands now."""
        occasion = decision.occasion
        ref = occasion.ref
        return cls(
            id=decision.id,
            customer=survivors.get(occasion.customer),
            act=ActAnswer(source=ref.source, id=ref.id, type=ref.type, time=ref.time),
            kind=occasion.kind,
            verdict=decision.verdict,
            reason=decision.reason,
            reason_text=decision.sentence,
            rule=decision.rule,
            purpose=decision.purpose,
            channel=decision.channel,
            message_id=decision.message_id,
            merged_into=decision.merged_into,
            survey=decision.survey,
            decided_at=from_epoch_ms(decision.decided_at),
            held_until=_time(decision.held_until),
            decided_again_at=_time(decision.due),
        )


class DecisionsAnswer(BaseModel):
    """Some decisions, newest first; no `next_cursor` at the end."""

    data: list[DecisionAnswer]
    next_cursor: str | None


class UnthankedAnswer(BaseModel):
    """Something that deserves thanks and got none yet."""

    age_seconds: int = Field(description="Since it happened.")
    decision: DecisionAnswer

    @classmethod
    def of(
        cls, decision: Decision, survivors: Mapping[str, str], now: datetime
    ) -> "UnthankedAnswer":
        """As of `now`."""
        age = (epoch_ms(now) - decision.occasion.time) // 1000
        return cls(age_seconds=age, decision=DecisionAnswer.of(decision, survivors))


class UnthankedListAnswer(BaseModel):
    """Some of what got no thanks, the oldest first; no `next_cursor` at the end."""

    data: list[UnthankedAnswer]
    next_cursor: str | None


class TextAnswer(BaseModel):
    """What the customer would read."""

    language: str
    subject: str
    body: str


class SimulationAnswer(BaseModel):
    """What would be decided now. Nothing was decided, and nothing is sent."""

    decision: DecisionAnswer | None = Field(description="Null for a customer who was erased.")
    stands: bool = Field(
        description="Whether it was decided before: then this is what was decided."
    )
    text: TextAnswer | None = Field(description="The message, if there would be one now.")
    merges: list[DecisionAnswer] = Field(
        description="What is held for the customer and would change with it."
    )


class MessageAnswer(BaseModel):
    """A message and what became of it. The text is plain, as sent but for the tokens of its
    links; null before it is written, and again 90 days after the outcome."""

    id: str
    decision_id: str
    customer: str
    rule: str
    purpose: Purpose
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
    read_at: datetime | None
    order_id: str | None
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
            purpose=message.purpose,
            channel=message.channel,
            status=message.status,
            attempts=message.attempts,
            code=message.code,
            created_at=from_epoch_ms(message.created_at),
            next_attempt_at=_time(message.due) if message.status == "waiting" else None,
            finished_at=_time(message.finished_at),
            read_at=_time(message.read_at),
            order_id=message.order,
            language=text and text.language,
            subject=text and text.subject,
            body=text and without_tokens(text.body),
        )


class MessagesAnswer(BaseModel):
    """Some messages, newest first; no `next_cursor` at the end."""

    data: list[MessageAnswer]
    next_cursor: str | None


def _time(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else from_epoch_ms(min(milliseconds, LAST))
