"""What the HTTP interface takes and gives, where people type and read."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.feedback.domain.case import Case, Cause
from services.feedback.domain.response import Response
from services.feedback.domain.results import Tally, net_promoter
from services.feedback.use_cases import IssuedLink
from shared.clock import from_epoch_ms
from shared.contracts.cloudevents.timestamp import is_timestamp
from shared.contracts.engagement import ActRef
from shared.programme.model import Survey

# Neither controls nor noncharacters, as in the attributes of an event (CloudEvents 1.0.2).
_PLANES = "".join(f"{chr(p + 0xFFFE)}{chr(p + 0xFFFF)}" for p in range(0x10000, 0x110000, 0x10000))
_LINE = rf"^[^\x00-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff{_PLANES}]+$"
_LINES = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"


def _timestamp(text: str) -> str:
    if not is_timestamp(text):
        raise ValueError("not a date-time of RFC 3339")
    return text


Id = Annotated[str, Field(min_length=1, max_length=200, pattern=_LINE)]
Fix = Annotated[str, Field(min_length=1, max_length=64, pattern="^[a-z0-9]+(-[a-z0-9]+)*$")]
Note = Annotated[str, Field(max_length=4000, pattern=_LINES)]
Timestamp = Annotated[
    str,
    Field(max_length=64, json_schema_extra={"format": "date-time"}),
    AfterValidator(_timestamp),
]


class ActBody(BaseModel):
    """An act by its identity (`source`, `id`), its type and when it happened."""

    model_config = ConfigDict(extra="forbid")

    source: Id
    id: Id
    type: Id
    time: Timestamp

    def ref(self) -> ActRef:
        """The same for the topic."""
        return ActRef(source=self.source, id=self.id, type=self.type, time=self.time)


class LinkBody(BaseModel):
    """Who is to be asked, and about which act if about one."""

    model_config = ConfigDict(extra="forbid")

    customer: Id = Field(description="The shop's own id.")
    act: ActBody | None = None


class LinkAnswer(BaseModel):
    """An address at which this customer can answer once."""

    url: str
    expires_at: datetime

    @classmethod
    def of(cls, link: IssuedLink) -> "LinkAnswer":
        return cls(url=link.url, expires_at=link.expires)


class SurveyAnswer(BaseModel):
    """A survey of the programme; its texts by language."""

    name: str
    kind: Literal["nps", "csat"]
    question: dict[str, str]
    why: dict[str, str]
    scale: tuple[int, int] = Field(description="Lowest and highest number.")
    bad_at_most: int = Field(description="An answer of this number or less opens a case.")

    @classmethod
    def of(cls, survey: Survey) -> "SurveyAnswer":
        return cls(
            name=survey.name,
            kind=survey.kind,
            question=dict(survey.question),
            why=dict(survey.why),
            scale=(survey.scale.lowest, survey.scale.highest),
            bad_at_most=survey.bad_at_most,
        )


class SurveysAnswer(BaseModel):
    """All surveys of the programme, by name."""

    data: list[SurveyAnswer]


class NetPromoterAnswer(BaseModel):
    """9 and 10 promote, 7 and 8 are passive, 0 to 6 detract."""

    score: float | None = Field(description="Promoters less detractors in per cent of the answers.")
    promoters: int
    passives: int
    detractors: int


class ResultsAnswer(BaseModel):
    """What was answered, beside how many were asked. Null stands where there is no answer."""

    survey: str
    invitations: int
    answers: int
    response_rate: float | None
    mean: float | None
    values: dict[int, int] = Field(description="How often each number was chosen.")
    nps: NetPromoterAnswer | None = Field(description="For surveys of kind nps.")

    @classmethod
    def of(cls, survey: Survey, tally: Tally) -> "ResultsAnswer":
        scale = range(survey.scale.lowest, survey.scale.highest + 1)
        counts = net_promoter(tally)
        return cls(
            survey=survey.name,
            invitations=tally.invitations,
            answers=tally.answers,
            response_rate=tally.response_rate,
            mean=tally.mean,
            values=dict.fromkeys(scale, 0) | dict(tally.values),
            nps=NetPromoterAnswer(
                score=counts.score,
                promoters=counts.promoters,
                passives=counts.passives,
                detractors=counts.detractors,
            )
            if survey.kind == "nps"
            else None,
        )


class ActAnswer(BaseModel):
    """An act by its identity, its type and when it happened."""

    source: str
    id: str
    type: str
    time: str

    @classmethod
    def of(cls, act: ActRef | None) -> "ActAnswer | None":
        if act is None:
            return None
        return cls(source=act.source, id=act.id, type=act.type, time=act.time)


class ResponseAnswer(BaseModel):
    """What a customer answered. `comment` is plain text, to be shown as such."""

    id: str
    customer: str | None = Field(description="Null once the customer is erased.")
    survey: str
    value: int
    scale: tuple[int, int]
    comment: str
    language: str
    answered_at: datetime
    message_id: str | None
    about: ActAnswer | None

    @classmethod
    def of(cls, response: Response, survivors: Mapping[str, str]) -> "ResponseAnswer":
        """`survivors` says for whom each customer stands now."""
        return cls(
            id=response.id,
            customer=survivors.get(response.customer),
            survey=response.survey,
            value=response.value,
            scale=response.scale,
            comment=response.comment,
            language=response.language,
            answered_at=from_epoch_ms(response.time),
            message_id=response.message_id,
            about=ActAnswer.of(response.act),
        )


class ResponsesAnswer(BaseModel):
    """Some responses, newest first; no `next_cursor` at the end."""

    data: list[ResponseAnswer]
    next_cursor: str | None


class CaseAnswer(BaseModel):
    """What went wrong for a customer, and what became of it. `said` and `note` are plain text."""

    id: str
    customer: str | None = Field(description="Null once the customer is erased.")
    cause: Cause
    state: Literal["open", "closed"]
    opened_at: datetime
    said: str = Field(description="What the customer wrote.")
    response: str | None = Field(description="Id of the answer that opened the case.")
    about: ActAnswer | None
    closed_at: datetime | None
    fix: str | None
    note: str | None

    @classmethod
    def of(cls, case: Case, survivors: Mapping[str, str]) -> "CaseAnswer":
        """`survivors` says for whom each customer stands now."""
        closing = case.closing
        return cls(
            id=case.id,
            customer=survivors.get(case.customer),
            cause=case.cause,
            state="closed" if closing else "open",
            opened_at=from_epoch_ms(case.opened),
            said=case.said,
            response=case.response_id,
            about=ActAnswer.of(case.act),
            closed_at=from_epoch_ms(closing.time) if closing else None,
            fix=closing.fix if closing else None,
            note=closing.note if closing else None,
        )


class CasesAnswer(BaseModel):
    """Some cases, newest first; no `next_cursor` at the end."""

    data: list[CaseAnswer]
    next_cursor: str | None


class CloseBody(BaseModel):
    """How the case was put right."""

    model_config = ConfigDict(extra="forbid")

    fix: Fix = Field(description="A code to count by, such as `replaced`; others are told it.")
    note: Note = Field("", description="Free text, kept here only.")
