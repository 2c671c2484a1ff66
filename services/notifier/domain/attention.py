"""The attention budget: how often one person is written to, all channels and purposes together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from services.notifier.domain.preferences import Frequency
from services.notifier.domain.wall_clock import day_of, next_day
from shared.contracts.purposes import Purpose
from shared.programme.attention_rules import BudgetWindow

_MS = timedelta(milliseconds=1)
_LONGEST_DAY = timedelta(days=2) // _MS
_ALL_BUT_RECOVERY = frozenset[Purpose](("thanks", "survey", "touchpoint", "promotion"))
RARER: dict[Frequency, tuple[BudgetWindow, ...]] = {
    "usual": (),
    "weekly": (BudgetWindow(1, timedelta(days=7), _ALL_BUT_RECOVERY),),
    "monthly": (BudgetWindow(1, timedelta(days=30), _ALL_BUT_RECOVERY),),
}
LONGEST = timedelta(days=92)
"""No window reaches further back."""


class Charge(Struct, frozen=True, array_like=True):
    """One message that took some attention, `at` ms since the epoch; one that `asks` links to a
    survey besides what it is for, and counts as one too."""

    message: str
    at: int
    purpose: str
    asks: bool = False

    def counts_in(self, window: BudgetWindow) -> bool:
        """Whether the window looks at such messages."""
        purposes = window.purposes
        return self.purpose in purposes or (self.asks and "survey" in purposes)


@dataclass(frozen=True, slots=True)
class Attention:
    """What was taken within LONGEST; `revision` grows with every change."""

    charges: tuple[Charge, ...] = ()
    revision: int = 0


def charged(charges: Iterable[Charge], new: Charge) -> tuple[Charge, ...]:
    """With `new` instead of an earlier charge for its message, without what is long past."""
    since = new.at - LONGEST // _MS
    kept = [c for c in charges if c.message != new.message and c.at > since]
    return tuple(sorted((*kept, new), key=lambda c: (c.at, c.message)))


def released(charges: Iterable[Charge], message: str) -> tuple[Charge, ...]:
    """Without what a message took that never arrived."""
    return tuple(c for c in charges if c.message != message)


def free_from(
    charges: Iterable[Charge],
    windows: Iterable[BudgetWindow],
    purpose: Purpose,
    now: int,
    zones: Sequence[ZoneInfo],
) -> int | None:
    """The first time from `now` on (ms) at which every window has room; None: it never has.

    A calendar day is full if it is so in any of the `zones` in which the customer may live. It
    ends: each step goes to where one of the charges counts no longer.
    """
    counting = [window for window in windows if purpose in window.purposes]
    if any(window.at_most == 0 for window in counting):
        return None
    taken = sorted(charges, key=lambda charge: charge.at)
    time, before = now, -1
    while time != before:
        before = time
        for window in counting:
            times = [charge.at for charge in taken if charge.counts_in(window)]
            if len(times) >= window.at_most:
                time = _room_in(window, times, time, zones)
    return time


def _room_in(
    window: BudgetWindow, taken: Sequence[int], time: int, zones: Sequence[ZoneInfo]
) -> int:
    if window.per == "day":
        recent = [at for at in taken if at > time - _LONGEST_DAY]
        for zone in zones if len(recent) >= window.at_most else ():
            days = [day_of(at, zone) for at in recent]
            while days.count(day_of(time, zone)) >= window.at_most:
                time = next_day(time, zone)
        return time
    length = window.per // _MS
    # What is charged later than `time`, by another clock, counts as well.
    recent = [at for at in taken if at > time - length]
    return time if len(recent) < window.at_most else recent[-window.at_most] + length
