"""What is answered about a timeline: its shape, and what fills it."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from pydantic import BaseModel, Field

from services.engagement.domain.ledger import SENTENCES, Entry
from services.engagement.domain.moment import Moment
from services.engagement.domain.timeline import (
    Answer,
    CaseClosed,
    CaseOpened,
    Decision,
    Delivery,
    Item,
    Kind,
    Note,
    Place,
)
from services.engagement.domain.timeline_page import Page, Shown, kind_of, place_of
from shared.clock import from_epoch_ms
from shared.money import from_units
from shared.web import opaque_cursors


class _Cursor(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    time: Annotated[int, Meta(ge=-(2**62), le=2**62)]
    key: str


class ActRefAnswer(BaseModel):
    """Which act is meant; of a message also a moment or a request, as the type says."""

    source: str
    id: str
    type: str
    time: str


class TimelineAct(BaseModel):
    """An act in the ledger, with what it earned at its time."""

    act: str
    source: str
    id: str
    dimension: str
    earned: float
    currency: str | None
    amount: Decimal | None = Field(description="Of the act alone, in `currency`.")
    note: str | None = Field(description="Why it earned something other than its rule says.")
    reason: str | None = Field(description="The note in words.")
    formula: str


class TimelineMessage(BaseModel):
    """What was concluded about an act, a moment or a request, or what became of a message."""

    event: Literal["decided", "delivered"]
    verdict: Literal["thanked", "held", "merged", "suppressed"] | None
    reason: str | None
    rule: str | None
    survey: str | None
    about: ActRefAnswer | None
    message_id: str | None
    channel: str | None
    outcome: Literal["sent", "failed", "unknown"] | None


class TimelineAnswer(BaseModel):
    """A survey was answered."""

    survey: str
    value: int
    scale: tuple[int, int]
    about: ActRefAnswer | None


class TimelineCase(BaseModel):
    """Something went wrong, or was put right."""

    event: Literal["opened", "closed"]
    case_id: str
    cause: str | None
    fix: str | None


class TimelineNote(BaseModel):
    """What somebody of the staff wrote down."""

    id: str
    author: str = Field(description="Name of the API key.")
    text: str


class TimelineMoment(BaseModel):
    """A fact that was worth a reaction."""

    id: str
    moment: str
    name: str
    number: int | None
    act: ActRefAnswer | None


class TimelineEntry(BaseModel):
    """Something that happened; the member that `kind` names says what."""

    kind: Kind
    time: datetime
    told_of: str | None = Field(description="The id that it was told of, where that was merged.")
    act: TimelineAct | None = None
    message: TimelineMessage | None = None
    answer: TimelineAnswer | None = None
    case: TimelineCase | None = None
    note: TimelineNote | None = None
    moment: TimelineMoment | None = None


class TimelinePage(BaseModel):
    """Newest first; no `next_cursor` at the end. A page may be short of what was asked for."""

    data: list[TimelineEntry]
    next_cursor: str | None


def read_place(cursor: str | None) -> Place | None:
    """The place that a cursor stands for. Raises Invalid."""
    place = opaque_cursors.decode(cursor, _Cursor)
    return None if place is None else Place(place.time, place.key)


def page_members(page: Page, customer: str) -> Mapping[str, Any]:
    """The members of a TimelinePage of the `customer`."""
    return {
        "data": [entry_members(shown, customer) for shown in page.shown],
        "next_cursor": None if page.after is None else opaque_cursors.encode(page.after),
    }


def entry_members(shown: Shown, customer: str) -> Mapping[str, Any]:
    """The members of a TimelineEntry of the `customer`."""
    told_of = shown.origin if isinstance(shown, Entry) else shown.customer
    kind = kind_of(shown)
    return {
        "kind": kind,
        "time": from_epoch_ms(place_of(shown).time),
        "told_of": None if told_of == customer else told_of,
        kind: _said(shown),
    }


def note_members(note: Note) -> Mapping[str, Any]:
    """The members of a TimelineNote."""
    return {"id": note.id, "author": note.author, "text": note.text}


def _said(shown: Shown) -> Mapping[str, Any]:
    if isinstance(shown, Entry):
        return _act(shown)
    if isinstance(shown, Moment):
        return moment_members(shown)
    return _body(shown)


def _act(entry: Entry) -> Mapping[str, Any]:
    source, _, act_id = entry.key.partition(" ")
    money = entry.money
    return {
        "act": entry.kind,
        "source": source,
        "id": act_id,
        "dimension": entry.dimension,
        "earned": entry.points,
        "currency": None if money is None else money.currency,
        "amount": None if money is None else from_units(money.units, money.currency),
        "note": entry.note,
        "reason": None if entry.note is None else SENTENCES.get(entry.note),
        "formula": entry.formula,
    }


def moment_members(moment: Moment) -> Mapping[str, Any]:
    """The members of a TimelineMoment."""
    return {
        "id": moment.id,
        "moment": moment.kind,
        "name": moment.name,
        "number": moment.number,
        "act": moment.act,
    }


def _body(item: Item) -> Mapping[str, Any]:
    match item.body:
        case Note() as note:
            return note_members(note)
        case Answer() as answer:
            return msgspec.structs.asdict(answer)
        case CaseOpened(case_id=case_id, cause=cause):
            return {"event": "opened", "case_id": case_id, "cause": cause, "fix": None}
        case CaseClosed(case_id=case_id, fix=fix):
            return {"event": "closed", "case_id": case_id, "cause": None, "fix": fix}
        case Decision() | Delivery() as message:
            told = msgspec.structs.asdict(message)
            event = "decided" if isinstance(message, Decision) else "delivered"
            return {name: told.get(name) for name in TimelineMessage.model_fields} | {
                "event": event
            }
