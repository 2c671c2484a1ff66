"""Gatekeepers, and the port of their states in memory."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.domain.breaker import FAULTS, LONGEST, UNLIMITED
from services.notifier.domain.delivery import JITTER, Receipt
from services.notifier.ports.channel_states import ChannelState
from services.notifier.use_cases.gatekeeping import DISABLE_AFTER, LOOK_AFTER, Gatekeeper
from shared.clock import ManualClock, epoch_ms
from shared.errors import Unavailable
from tests.services.notifier.channels.making import NOW

MS = timedelta(milliseconds=1)
TAKEN = Receipt("taken")
REFUSED = Receipt("refused", "550", bad_address=True)
AWAY = Receipt("deferred", "503", "provider")
GONE = Receipt("deferred", "410", "provider", gone=True)


class States:
    """The port in memory; `away` like a store that can't be reached."""

    def __init__(self) -> None:
        self.kept: dict[str, ChannelState] = {}
        self.away = False
        self.notes = 0

    async def all(self) -> Mapping[str, ChannelState]:
        if self.away:
            raise Unavailable("away")
        return dict(self.kept)

    async def note(self, state: ChannelState) -> None:
        if self.away:
            raise Unavailable("away")
        self.notes += 1
        self.kept[state.name] = state


class Scene:
    """One channel, and a clock."""

    def __init__(self, per_second: float = 0.0) -> None:
        self.clock = ManualClock(NOW)
        self.states = States()
        self.gate = Gatekeeper("way", self.states, per_second)

    @property
    def now(self) -> int:
        return epoch_ms(self.clock.now())

    def disabled_since(self) -> int | None:
        return self.states.kept["way"].disabled_since

    async def room(self, wanted: int = 64) -> int:
        return await self.gate.room(self.now, wanted)

    async def note(self, *receipts: Receipt) -> None:
        for receipt in receipts:
            await self.gate.note(receipt, self.now)

    def wait(self) -> None:
        self.clock.advance(self.gate.wait_ms(self.now) * MS)


@pytest.fixture
def scene() -> Scene:
    return Scene()


async def test_a_healthy_channel_has_room_and_writes_nothing(scene: Scene) -> None:
    for receipt in (TAKEN, REFUSED, Receipt("uncertain", "timeout"), Receipt("deferred", "450")):
        assert await scene.room() == 64
        assert scene.gate.wait_ms(scene.now) == 0
        await scene.note(*[receipt] * 10)
    assert scene.states.notes == 0


async def test_a_provider_that_is_away_is_left_alone_then_tried_by_one(scene: Scene) -> None:
    await scene.note(*[AWAY] * FAULTS)
    assert await scene.room() == 0
    assert scene.gate.resting_until(scene.now) == scene.now + scene.gate.wait_ms(scene.now)
    scene.wait()
    assert await scene.room() == 1
    assert await scene.room() == 0
    await scene.note(AWAY)
    assert await scene.room() == 0
    scene.wait()
    assert await scene.room() == 1
    await scene.note(TAKEN)
    assert await scene.room() == 64
    assert scene.gate.resting_until(scene.now) is None


async def test_the_failure_is_noted_once_and_forgotten_with_success(scene: Scene) -> None:
    begun = scene.now
    for _ in range(3):
        await scene.note(AWAY, Receipt("uncertain", "timeout", "provider"))
        scene.clock.advance(timedelta(minutes=1))
    assert scene.states.kept["way"] == ChannelState("way", begun, None, "503")
    assert scene.states.notes == 1
    await scene.note(REFUSED)  # It speaks again.
    assert scene.states.kept["way"] == ChannelState("way")


async def test_after_days_of_failure_it_is_disabled_and_stays_so(scene: Scene) -> None:
    await scene.note(*[AWAY] * FAULTS)
    scene.clock.advance(DISABLE_AFTER - timedelta(seconds=1))
    assert await scene.room() == 1
    await scene.note(AWAY)
    assert scene.disabled_since() is None
    scene.wait()
    assert await scene.room() == 1
    await scene.note(AWAY)
    assert scene.disabled_since() == scene.now
    scene.clock.advance(timedelta(days=30))
    assert await scene.room() == 0
    await scene.note(TAKEN)  # One that was on its way.
    assert scene.disabled_since() is not None
    assert await scene.room() == 0
    assert scene.gate.wait_ms(scene.now) == LOOK_AFTER // MS


async def test_two_failures_far_apart_disable_nothing(scene: Scene) -> None:
    await scene.note(AWAY)
    scene.clock.advance(DISABLE_AFTER * 2)
    await scene.note(AWAY)
    assert scene.disabled_since() is None
    assert await scene.room() == 64


async def test_who_is_gone_is_disabled_at_once(scene: Scene) -> None:
    await scene.note(GONE)
    state = scene.states.kept["way"]
    assert (state.disabled_since, state.code) == (scene.now, "410")
    assert await scene.room() == 0


async def test_another_process_learns_of_it_within_seconds(scene: Scene) -> None:
    other = Gatekeeper("way", scene.states)
    assert await other.room(scene.now, 5) == 5
    await scene.note(GONE)
    scene.clock.advance(LOOK_AFTER)
    assert await other.room(scene.now, 5) == 0
    await scene.states.note(ChannelState("way"))
    scene.clock.advance(LOOK_AFTER)
    assert await other.room(scene.now, 5) == 5


async def test_what_another_noted_is_not_written_over(scene: Scene) -> None:
    assert await scene.room() == 64
    by_hand = ChannelState("way", None, scene.now, "by_hand")
    await scene.states.note(by_hand)
    await scene.note(AWAY)
    assert scene.states.kept["way"] == by_hand


async def test_a_store_that_is_away_loses_no_receipt(scene: Scene) -> None:
    scene.states.away = True
    await scene.note(GONE)
    with pytest.raises(Unavailable):
        await scene.room()
    scene.states.away = False
    await scene.note(GONE)
    assert scene.disabled_since() == scene.now


async def test_reopened_it_is_tried_at_once(scene: Scene) -> None:
    await scene.note(*[AWAY] * FAULTS)
    assert await scene.room() == 0
    scene.gate.reopen()
    assert await scene.room() == 64


@given(
    st.floats(0.1, 200),
    st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 64)), max_size=40),
)
async def test_never_faster_than_its_rate(rate: float, looks: list[tuple[int, int]]) -> None:
    scene, given_away, begun = Scene(rate), 0, epoch_ms(NOW)
    for gap, wanted in looks:
        scene.clock.advance(gap * MS)
        room = await scene.room(wanted)
        assert 0 <= room <= wanted
        given_away += room
        assert given_away <= max(1, rate) + rate * (scene.now - begun) / 1000 + 1e-6
    if await scene.room(64) == 0:
        scene.wait()
        assert await scene.room(1) == 1


async def test_what_nobody_wanted_is_given_back() -> None:
    scene = Scene(10)
    assert await scene.room(64) == 10
    assert await scene.room(64) == 0
    scene.gate.give_back(7)
    assert await scene.room(64) == 7


async def test_a_trial_that_nobody_wanted_is_given_to_the_next(scene: Scene) -> None:
    await scene.note(*[AWAY] * FAULTS)
    scene.gate.give_back(0)
    assert await scene.room() == 0
    scene.wait()
    assert await scene.room() == 1
    scene.gate.give_back(1)
    assert await scene.room() == 1
    assert await scene.room() == 0
    await scene.note(AWAY)
    assert await scene.room() == 0


@given(st.lists(st.tuples(st.integers(0, 400_000), st.sampled_from([TAKEN, AWAY, REFUSED]))))
async def test_it_always_comes_back(history: list[tuple[int, Receipt]]) -> None:
    scene, faults = Scene(), 0
    for gap, receipt in history:
        scene.clock.advance(gap * MS)
        room = await scene.room(64)
        assert room == 64 if faults < FAULTS else room <= 1
        await scene.note(receipt)
        faults = faults + 1 if receipt is AWAY else 0
        assert scene.gate.wait_ms(scene.now) <= LONGEST * (1 + JITTER) // MS < UNLIMITED
    scene.wait()
    assert await scene.room(64) >= 1
