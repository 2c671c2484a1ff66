"""Payloads of requite.engagement.v1: what the score made of an act, and moments."""

from typing import Literal

from msgspec import Raw, Struct

SCORED = "io.requite.engagement.scored.v1"

# Notes that say that an act is no news: its order was told before, or it was taken back.
ORDER_REPEATED = "order_repeated"
ORDER_REVISED = "order_revised"
SUPERSEDED = "superseded"
ORDER_VOID = "order_void"
WITHDRAWN = "withdrawn"


class ActRef(Struct, frozen=True, kw_only=True):
    """Which act is meant: identity (`source`, `id`), type and when it happened (RFC 3339)."""

    source: str
    id: str
    type: str
    time: str


class Scored(Struct, frozen=True, kw_only=True):
    """An act was scored for the record's customer; announced at least once, with a fixed id.

    `data` is the act's own payload; `points` what it earned at the time of the act (negative for
    what a refund took back); `formula` the version of the programme that said so; `note` a code
    for why it earned something other than its rule says, as where an order was told before.
    """

    act: ActRef
    data: Raw
    dimension: str
    points: float
    formula: str
    note: str | None = None


MOMENT = "io.requite.engagement.moment.v1"

MomentKind = Literal[
    "first", "nth", "level_reached", "anniversary", "comeback", "silence", "at_risk", "touchpoint"
]


class Moment(Struct, frozen=True, kw_only=True):
    """A fact worth a reaction occurred for the record's customer; announced at least once, with a
    fixed id.

    `name` says which one of its kind: the act of a first or an nth, the level, the circle's
    touchpoint. `number` counts (the nth, the years of an anniversary), `time` (RFC 3339) is when
    it occurred, `act` the one that brought it, if one did.
    """

    kind: MomentKind
    name: str
    time: str
    number: int | None = None
    act: ActRef | None = None


STANDING = "io.requite.engagement.standing.v1"


class Standing(Struct, frozen=True, kw_only=True):
    """Which level, segments and circles the record's customer is in; told when it changes, as a
    whole, at least once. `time` (RFC 3339) is when it was found; a later one replaces it.
    """

    time: str
    level: str | None = None
    segments: tuple[str, ...] = ()
    circles: tuple[str, ...] = ()
