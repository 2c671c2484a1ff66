"""What has been noticed of a customer so far, so that nothing is noticed twice."""

from msgspec import Struct


class Held(Struct, frozen=True):
    """A level and since when (ms) it was held."""

    level: str
    since: int


class Watch(Struct, frozen=True, kw_only=True):
    """`levels` are those held so far, the newest last; `due` (ms) is when time alone may bring
    the next moment or change of level, None for never."""

    levels: tuple[Held, ...] = ()
    due: int | None = None
