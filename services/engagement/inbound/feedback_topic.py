"""requite.feedback.v1: an answer is an act too; timelines show it, and cases."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from services.engagement.domain import timeline
from services.engagement.domain.act import Act
from services.engagement.inbound.acts_topic import ReadAct
from services.engagement.inbound.experience import rating_of_answer
from services.engagement.inbound.written_act import write_act
from shared.contracts.acts_reader import ToldAct, bounds_at
from shared.contracts.cloudevents import CloudEvent
from shared.contracts.feedback import (
    ANSWERED,
    CASE_CLOSED,
    CASE_OPENED,
    Answered,
    CaseClosed,
    CaseOpened,
)
from shared.errors import Invalid
from shared.messaging.handler import DeadLetter, Handler
from shared.messaging.ports import Batch

_ANSWERED = msgspec.json.Decoder(Answered)
_OPENED = msgspec.json.Decoder(CaseOpened)
_CLOSED = msgspec.json.Decoder(CaseClosed)
_LARGEST = 2**53  # the last whole number that JSON has everywhere (RFC 8259, section 6)


class FeedbackTopic:
    """Scores answers, then keeps everything for timelines. Both can be repeated, so what a crash
    cut off is made whole."""

    def __init__(self, score: Handler, show: Handler) -> None:
        self._score = score
        self._show = show

    async def __call__(self, batch: Batch) -> Sequence[DeadLetter]:
        letters = (*await self._score(batch), *await self._show(batch))
        refused = {letter.delivery.offset: letter for letter in letters}
        return [refused[offset] for offset in sorted(refused)]


class ReadAnswers:
    """Reads answered surveys as acts of kind `answer`, and nothing else on the topic."""

    def __init__(self, opened: datetime | None = None) -> None:
        self._opened = opened

    def at(self, now: datetime) -> ReadAct:
        """What reads the event of a record at `now`; it raises Invalid, and msgspec.DecodeError."""
        bounds = bounds_at(now, self._opened)

        def read(event: CloudEvent, key: bytes) -> Act | None:
            if event.type != ANSWERED:
                return None
            data = event.data or b"null"
            answered = _ANSWERED.decode(data)
            told = ToldAct(event, answered, bounds.moment_of(event, key))
            act = write_act(told, "answer", data)
            return msgspec.structs.replace(act, rating=rating_of_answer(answered))

        return read


def read_feedback(event: CloudEvent) -> timeline.Body | None:
    """What a timeline shows of an answer or a case. Raises Invalid, and msgspec.DecodeError."""
    data = event.data or b""
    if event.type == ANSWERED:
        return _answer(_ANSWERED.decode(data))
    if event.type == CASE_OPENED:
        opened = _OPENED.decode(data)
        return timeline.CaseOpened(case_id=opened.case_id, cause=opened.cause)
    if event.type == CASE_CLOSED:
        closed = _CLOSED.decode(data)
        return timeline.CaseClosed(case_id=closed.case_id, fix=closed.fix)
    return None


def _answer(told: Answered) -> timeline.Answer:
    if any(abs(number) > _LARGEST for number in (told.value, *told.scale)):
        raise Invalid("larger than a survey's scale can be", "/data")
    return timeline.Answer(survey=told.survey, value=told.value, scale=told.scale, about=told.about)
