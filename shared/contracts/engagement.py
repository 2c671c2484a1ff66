"""Payload of requite.engagement.v1: what the score made of an act."""

from msgspec import Raw, Struct

SCORED = "io.requite.engagement.scored.v1"


class ActRef(Struct, frozen=True, kw_only=True):
    """Which act is meant: identity (`source`, `id`), type and when it happened (RFC 3339)."""

    source: str
    id: str
    type: str
    time: str


class Scored(Struct, frozen=True, kw_only=True):
    """An act was scored for the record's customer; announced at least once, with a fixed id.

    `data` is the act's own payload; `points` what it earned at the time of the act (negative for
    what a refund took back); `formula` the version of the programme that said so.
    """

    act: ActRef
    data: Raw
    dimension: str
    points: float
    formula: str
