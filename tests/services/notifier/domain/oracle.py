"""What must come out, found slowly: by stepping through minutes, by counting, by trying all orders.

It shares values with the domain, and no code.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

from services.notifier.domain.attention import Charge
from shared.contracts.purposes import Purpose
from shared.programme.attention_rules import BudgetWindow, QuietHours

MINUTE = 60_000
TWO_DAYS = 2 * 24 * 60 * MINUTE


def wall(time: int, zone: ZoneInfo) -> datetime:
    """What clocks show, to the second."""
    return datetime.fromtimestamp(time // 1000, zone)


def is_quiet(time: int, hours: QuietHours | None, zones: Iterable[ZoneInfo]) -> bool:
    """Whether it is within the hours in any zone."""
    if hours is None:
        return False
    return any(_in_minutes(wall(time, zone), hours) for zone in zones)


def quiet_until(time: int, hours: QuietHours, zones: Sequence[ZoneInfo]) -> int:
    """The first loud minute; where no zones share one within two days, of the middle zone."""
    for minute in minutes_from(time, TWO_DAYS):
        if not is_quiet(minute, hours, zones):
            return minute
    by_offset = sorted(zones, key=lambda zone: wall(time, zone).utcoffset() or timedelta())
    middle = by_offset[len(zones) // 2]
    return next(m for m in minutes_from(time, TWO_DAYS) if not is_quiet(m, hours, [middle]))


def minutes_from(time: int, length: int) -> Iterator[int]:
    """The time itself, and every full minute after it."""
    yield time
    yield from range(time - time % MINUTE + MINUTE, time + length + 1, MINUTE)


def has_room(
    charges: Sequence[Charge],
    windows: Iterable[BudgetWindow],
    purpose: Purpose,
    time: int,
    zones: Sequence[ZoneInfo],
) -> bool:
    """Whether one more of this purpose fits in at a time."""
    return all(
        _fullest(window, charges, time, zones) < window.at_most
        for window in windows
        if purpose in window.purposes
    )


def free_from(
    charges: Sequence[Charge],
    windows: Sequence[BudgetWindow],
    purpose: Purpose,
    now: int,
    zones: Sequence[ZoneInfo],
    longest: int,
) -> int | None:
    """The first minute with room, within `longest` ms."""
    minutes = minutes_from(now, longest)
    return next((m for m in minutes if has_room(charges, windows, purpose, m, zones)), None)


def overdrawn(
    charges: Sequence[Charge], windows: Iterable[BudgetWindow], zones: Sequence[ZoneInfo]
) -> list[tuple[BudgetWindow, int]]:
    """The windows that hold more than they may, with how many: each day, each span that ends with
    a charge."""
    found = []
    for window in windows:
        counted = [charge.at for charge in charges if charge.purpose in window.purposes]
        if window.per == "day":
            days = [Counter(wall(at, zone).date() for at in counted) for zone in zones]
            most = max((max(day.values(), default=0) for day in days), default=0)
        else:
            length = window.per.total_seconds() * 1000
            spans = [sum(end - length < at <= end for at in counted) for end in counted]
            most = max(spans, default=0)
        if most > window.at_most:
            found.append((window, most))
    return found


def chosen(
    candidates: Sequence[tuple[str, Purpose]],
    charges: Sequence[Charge],
    windows: Sequence[BudgetWindow],
    now: int,
    zones: Sequence[ZoneInfo],
) -> set[str]:
    """Of candidates, the most important first, those that go now: of all orders in which they may
    take room, the outcome in which the most important go."""
    outcomes = [_served(order, charges, windows, now, zones) for order in permutations(candidates)]
    return max(outcomes, key=lambda served: [name in served for name, _ in candidates])


def _served(
    order: Iterable[tuple[str, Purpose]],
    charges: Sequence[Charge],
    windows: Sequence[BudgetWindow],
    now: int,
    zones: Sequence[ZoneInfo],
) -> set[str]:
    taken, served = list(charges), set()
    for name, purpose in order:
        if has_room(taken, windows, purpose, now, zones):
            taken.append(Charge(name, now, purpose))
            served.add(name)
    return served


def _fullest(
    window: BudgetWindow, charges: Sequence[Charge], time: int, zones: Sequence[ZoneInfo]
) -> int:
    counted = [charge.at for charge in charges if charge.purpose in window.purposes]
    if window.per == "day":
        return max(
            sum(wall(at, zone).date() == wall(time, zone).date() for at in counted)
            for zone in zones
        )
    length = window.per.total_seconds() * 1000
    return sum(at > time - length for at in counted)


def _in_minutes(shown: datetime, hours: QuietHours) -> bool:
    now = shown.hour * 60 + shown.minute
    start = hours.start.hour * 60 + hours.start.minute
    length = (hours.end.hour * 60 + hours.end.minute - start) % (24 * 60)
    return (now - start) % (24 * 60) < length
