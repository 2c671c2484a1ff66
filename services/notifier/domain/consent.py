"""What a customer agreed to, and what they refused."""

import math
from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from shared.contracts.purposes import ANY_CHANNEL

State = Literal["granted", "withdrawn"]


class Consent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the append-only record. Times are ms since the epoch."""

    purpose: str
    channel: str
    state: State
    time: int
    source: str | None = None
    wording: str | None = None
    expires: int | None = None


def standing(said: Iterable[Consent], purpose: str, channel: str, now: int) -> State | None:
    """What was said last for a purpose and a channel; of two at one time the withdrawal counts,
    or what expires sooner. None if they were never asked, or what they agreed to has expired."""
    last = max(
        (c for c in said if c.purpose == purpose and c.channel in (channel, ANY_CHANNEL)),
        key=lambda c: (c.time, c.state == "withdrawn", -_end(c)),
        default=None,
    )
    if last is None or (last.state == "granted" and _end(last) <= now):
        return None
    return last.state


def together(one: Iterable[Consent], other: Iterable[Consent]) -> tuple[Consent, ...]:
    """Both records, each line once, in the order of time."""
    lines = {(c.time, c.purpose, c.channel, c.state, _end(c)): c for c in (*other, *one)}
    return tuple(line for _, line in sorted(lines.items()))


def _end(said: Consent) -> float:
    return math.inf if said.expires is None else said.expires
