"""What has been noticed of a customer so far, so that nothing is noticed twice."""

from msgspec import Struct

MOST_LEVELS = 100
"""As many of the levels that a customer held are remembered, the newest."""


class Held(Struct, frozen=True):
    """A level and since when (ms) it was held."""

    level: str
    since: int


class Watch(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All times are ms since the epoch.

    `levels` are those held so far, the newest last. `below` is since when the score has been below
    the newest, where that can't be told from the sums any more, since acts have come meanwhile;
    `demoted` when a level was last lost. `known_since` is since when the first contact is known as
    it is: no anniversary and no silence before is one. `anniversary` is the last that was noticed,
    `silence` the act after which one was, `at_risk` the last bad experience that was. `due` is when
    to look next at what time alone brings, None for never; it may lie too early, but never too
    late.
    """

    levels: tuple[Held, ...] = ()
    below: int | None = None
    demoted: int | None = None
    known_since: int = 0
    anniversary: int | None = None
    silence: int | None = None
    at_risk: int | None = None
    due: int | None = None


UNWATCHED = Watch()
"""Nothing was noticed yet."""
