"""What properties draw from: zones whose clocks do odd things, when they do, and budgets."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from shared.clock import epoch_ms
from shared.contracts.purposes import PURPOSES
from shared.programme.attention_rules import BudgetWindow, QuietHours
from tests.services.notifier.domain.oracle import MINUTE

CHANGES = {
    "Europe/Berlin": ("2026-03-29T01:00Z", "2026-10-25T01:00Z"),
    "America/New_York": ("2026-03-08T07:00Z", "2026-11-01T06:00Z"),
    "Australia/Lord_Howe": ("2026-04-04T15:00Z", "2026-10-03T15:30Z"),
    "Africa/Casablanca": ("2026-02-15T02:00Z", "2026-03-22T02:00Z"),
    "America/Sao_Paulo": ("2018-11-04T03:00Z", "2019-02-17T02:00Z"),
    "Africa/Cairo": ("2023-04-27T22:00Z", "2023-10-26T21:00Z"),
    "Asia/Beirut": ("2026-03-28T22:00Z", "2026-10-24T21:00Z"),
    "America/St_Johns": ("2010-03-14T03:31Z", "2010-11-07T02:31Z"),
    "America/Havana": ("2026-03-08T05:00Z", "2026-11-01T05:00Z"),
    "Antarctica/Troll": ("2026-03-29T01:00Z", "2026-10-25T01:00Z"),
    "Pacific/Apia": ("2011-12-30T10:00Z",),
    "Pacific/Honolulu": (),
    "Pacific/Kiritimati": (),
    "Asia/Kathmandu": (),
}
ZONES = st.sampled_from(sorted(CHANGES)).map(ZoneInfo)


def at(text: str) -> int:
    """RFC 3339 as ms."""
    return epoch_ms(datetime.fromisoformat(text.replace("Z", "+00:00")))


@st.composite
def moments(draw: st.DrawFn) -> int:
    """Full minutes, most of them near a change of clocks."""
    change = draw(st.sampled_from([at(text) for texts in CHANGES.values() for text in texts]))
    away = draw(st.integers(-36 * 60, 36 * 60) | st.integers(-400_000, 400_000))
    return change + away * MINUTE


@st.composite
def zones_and_moment(draw: st.DrawFn, most: int = 3) -> tuple[list[ZoneInfo], int]:
    """Some zones, and a time near a change of clocks in one of them."""
    names = draw(st.lists(st.sampled_from(sorted(CHANGES)), min_size=1, max_size=most, unique=True))
    changes = [at(text) for name in names for text in CHANGES[name]]
    near = st.sampled_from(changes) if changes else moments()
    away = draw(st.integers(-30 * 60, 30 * 60))
    return [ZoneInfo(name) for name in names], draw(near) + away * MINUTE


HOURS = st.builds(
    QuietHours,
    st.builds(time, st.integers(0, 23), st.integers(0, 59)),
    st.builds(time, st.integers(0, 23), st.sampled_from((0, 1, 15, 30, 45, 59))),
)
PURPOSE = st.sampled_from(PURPOSES)
WINDOWS = st.lists(
    st.builds(
        BudgetWindow,
        st.integers(1, 3),
        st.just("day") | st.integers(1, 40).map(lambda hours: timedelta(hours=hours)),
        st.frozensets(PURPOSE, min_size=1),
    ),
    max_size=3,
)
BACK = st.lists(st.tuples(st.integers(-10, 50 * 60), PURPOSE), max_size=6)
"""Charges: how many minutes ago, and for what."""
