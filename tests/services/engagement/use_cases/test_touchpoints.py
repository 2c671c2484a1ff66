"""Touchpoints become moments, once for each member and occurrence."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from services.engagement.domain.membership import Difference, Group, Membership
from services.engagement.domain.moment import Moment
from services.engagement.domain.person import Person
from services.engagement.domain.touchpoint import occasions
from services.engagement.ports.moments import MomentStore
from services.engagement.ports.people import PersonRecord
from services.engagement.use_cases import touchpoints
from services.engagement.use_cases.touchpoints import LEASE, MeetTouchpoints
from shared.clock import ManualClock
from shared.errors import Unavailable
from shared.programme.groups import Circle, Touchpoint
from tests.services.engagement.use_cases.group_bench import Bench, open_bench

CLUB = Group("circle", "club")
DAILY = Circle(
    "club", "Club", "Ours", None, True, False, (Touchpoint("round", "FREQ=DAILY", time(2, 30)),)
)
MEMBERS = ("a", "b", "c")


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_bench(tmp_path) as opened:
        opened.clock = ManualClock(datetime(2026, 3, 27, 12, tzinfo=UTC))
        rows = [Membership(CLUB, customer, 1, "hand") for customer in MEMBERS]
        await opened.memberships.change(Difference(rows, ()))
        yield opened


class Failing:
    """Crashes in the middle of the members, once."""

    def __init__(self, moments: MomentStore) -> None:
        self._moments = moments
        self._kept = 0

    async def keep(self, moments: Sequence[Moment]) -> None:
        self._kept += 1
        if self._kept == 2:
            raise Unavailable("away")
        await self._moments.keep(moments)

    def __getattr__(self, name: str) -> object:
        return getattr(self._moments, name)


def make(bench: Bench, owner: str = "a", moments: MomentStore | None = None) -> MeetTouchpoints:
    return MeetTouchpoints(
        occasions=occasions([DAILY], ZoneInfo("Europe/Berlin")),
        memberships=bench.memberships,
        people=bench.people,
        moments=moments or bench.moments,
        leases=bench.leases,
        memory=bench.memory,
        clock=bench.clock,
        owner=owner,
        wake=lambda: None,
    )


async def kept(bench: Bench) -> list[tuple[str, datetime]]:
    found = await bench.moments.of([*MEMBERS, "late"], None, 100)
    assert all((one.kind, one.name) == ("touchpoint", "club/round") for one in found)
    return sorted((one.customer, datetime.fromtimestamp(one.time / 1000, UTC)) for one in found)


def on(day: int, hour: int, minute: int, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


async def test_each_member_has_a_moment_when_it_occurs(bench: Bench) -> None:
    meet = make(bench)
    await meet()
    assert await kept(bench) == [], "what was before it is known does not count"
    bench.clock.advance(timedelta(days=1))
    await meet()
    await meet()
    joined = Membership(CLUB, "late", 1, "hand")
    await bench.memberships.change(Difference([joined], ()))
    await make(bench, "b")()
    assert await kept(bench) == [(member, on(28, 1, 30)) for member in MEMBERS]


async def test_who_is_excluded_has_none_until_they_are_let_in_again(bench: Bench) -> None:
    async def tell(revision: int, **excluded: str) -> None:
        people = [Person(customer=one, excluded=excluded.get(one)) for one in ("a", "b")]  # type: ignore[arg-type]
        await bench.people.keep([PersonRecord(one.customer, revision, one) for one in people])

    await make(bench)()
    await tell(1, a="staff", b="blocked")
    bench.clock.advance(timedelta(days=1))
    await make(bench)()
    assert await kept(bench) == [("c", on(28, 1, 30))]
    await tell(2)
    bench.clock.advance(timedelta(days=1))
    await make(bench)()
    assert [customer for customer, time in await kept(bench) if time > on(28, 2, 0)] == [*MEMBERS]


async def test_nothing_twice_and_nothing_lost_as_clocks_change(bench: Bench) -> None:
    await make(bench)()
    for _ in range(4 * 24):
        bench.clock.advance(timedelta(hours=1))
        await make(bench)()  # each round in a process of its own
    # 02:30 does not exist on the 29th: it is 03:30 then. Before it 01:30 UTC, after it 00:30.
    times = [on(28, 1, 30), on(29, 1, 30), on(30, 0, 30), on(31, 0, 30)]
    assert await kept(bench) == [(member, one) for member in MEMBERS for one in times]


async def test_an_hour_that_there_is_twice_counts_once(bench: Bench) -> None:
    bench.clock = ManualClock(datetime(2026, 10, 24, 12, tzinfo=UTC))
    await make(bench)()
    for _ in range(24):
        bench.clock.advance(timedelta(hours=1))
        await make(bench)()
    assert await kept(bench) == [(member, on(25, 0, 30, 10)) for member in MEMBERS]


async def test_after_downtime_the_latest_is_made_up_for(bench: Bench) -> None:
    await make(bench)()
    bench.clock.advance(timedelta(days=3))
    await make(bench)()
    await make(bench)()
    assert await kept(bench) == [(member, on(30, 0, 30)) for member in MEMBERS]


async def test_what_is_more_than_a_day_late_is_skipped(bench: Bench) -> None:
    weekly = Touchpoint("round", "FREQ=WEEKLY;BYDAY=SU", time(2, 30))
    circle = Circle("club", "Club", "Ours", None, True, False, (weekly,))
    found = occasions([circle], ZoneInfo("Europe/Berlin"))
    meet = make(bench)
    meet = MeetTouchpoints(
        found, meet.memberships, meet.people, meet.moments, meet.leases, meet.memory, bench.clock,
        "a", lambda: None,
    )  # fmt: skip
    await meet()
    bench.clock.advance(timedelta(days=4))
    await meet()
    assert await kept(bench) == []
    bench.clock.advance(timedelta(days=5, hours=1))
    await meet()
    assert await kept(bench) == [(member, on(5, 0, 30, 4)) for member in MEMBERS]


async def test_a_crash_between_members_loses_nobody_and_repeats_nobody(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(touchpoints, "_AT_ONCE", 1)
    await make(bench)()
    bench.clock.advance(timedelta(days=1))
    failing: MomentStore = Failing(bench.moments)  # type: ignore[assignment]
    with pytest.raises(Unavailable):
        await make(bench, moments=failing)()
    assert len(await kept(bench)) == 1
    await make(bench, "b")()
    assert await kept(bench) == [(member, on(28, 1, 30)) for member in MEMBERS]
    announced = await bench.moments.unannounced(100)
    assert len(announced) == len(MEMBERS)


async def test_who_has_lost_the_lease_stops(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(touchpoints, "_AT_ONCE", 1)
    await make(bench)()
    bench.clock.advance(timedelta(days=1))
    kept_before = bench.moments.keep

    async def slow(moments: Sequence[Moment]) -> None:
        await kept_before(moments)
        bench.clock.advance(LEASE)
        now = int(bench.clock.now().timestamp() * 1000)
        await bench.leases.take(touchpoints.NAME, "other", now, now + 60_000)

    monkeypatch.setattr(bench.moments, "keep", slow)
    await make(bench)()
    assert len(await kept(bench)) == 1
    monkeypatch.undo()
    await make(bench, "other")()
    assert await kept(bench) == [(member, on(28, 1, 30)) for member in MEMBERS]


async def test_one_replica_at_a_time(bench: Bench) -> None:
    await make(bench)()
    bench.clock.advance(timedelta(days=1))
    now = int(bench.clock.now().timestamp() * 1000)
    assert await bench.leases.take(touchpoints.NAME, "other", now, now + 60_000)
    await make(bench)()
    assert await kept(bench) == []
    bench.clock.advance(LEASE)
    await make(bench)()
    assert len(await kept(bench)) == len(MEMBERS)
