"""What a customer wants, as they said themselves."""

from typing import Literal

from msgspec import Struct

Frequency = Literal["usual", "weekly", "monthly"]


class Preferences(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`channels` are the only ones to use, best first; empty: as the programme says. All but
    recovery is rarer than usual if `frequency` says so, and waits until `paused_until` (ms)."""

    channels: tuple[str, ...] = ()
    frequency: Frequency = "usual"
    paused_until: int | None = None
    revision: int = 0


def stricter(one: Preferences, other: Preferences) -> Preferences:
    """Of two that turn out to be one person's: the newer wish for channels, the rarer frequency,
    the longer pause."""
    newer = max(one, other, key=lambda p: (p.revision, p.channels))
    order: tuple[Frequency, ...] = ("usual", "weekly", "monthly")
    return Preferences(
        channels=newer.channels,
        frequency=max(one.frequency, other.frequency, key=order.index),
        paused_until=max(one.paused_until or 0, other.paused_until or 0) or None,
        revision=newer.revision,
    )
