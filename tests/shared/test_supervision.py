"""Tasks that die are noticed; tasks that are asked to stop get their time and no more."""

import asyncio
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from shared.supervision import FatalSwitch, Supervisor, every, open_supervisor


class Deaths(list[tuple[str, BaseException | None]]):
    """An OnFatal that keeps what it is told, and can be waited for."""

    def __init__(self) -> None:
        self.any = asyncio.Event()

    def __call__(self, name: str, error: BaseException | None) -> None:
        self.append((name, error))
        self.any.set()


@pytest.fixture
async def deaths() -> Deaths:
    return Deaths()


async def forever() -> None:
    await asyncio.Event().wait()


async def returns() -> None:
    pass


async def raises() -> None:
    raise ValueError("bad")


async def cancels_itself() -> None:
    raise asyncio.CancelledError


@pytest.mark.parametrize(
    ("work", "error"), [(returns, None), (raises, ValueError), (cancels_itself, None)]
)
async def test_a_death_is_fatal(
    deaths: Deaths, work: Callable[[], object], error: type[Exception] | None
) -> None:
    supervisor = Supervisor(deaths)
    supervisor.start("a", forever())
    supervisor.start("b", work())  # type: ignore[arg-type]
    await deaths.any.wait()
    [(name, raised)] = deaths
    assert name == "b"
    assert raised is None if error is None else isinstance(raised, error)
    await supervisor.stop(1)
    assert len(deaths) == 1


async def test_stop_drains_side_by_side_and_cancels_the_rest_latest_first(deaths: Deaths) -> None:
    ended: list[str] = []
    asked = asyncio.Event()
    barrier = asyncio.Barrier(2)

    async def until_asked(name: str) -> None:
        await asked.wait()
        await barrier.wait()  # passes only while both are draining
        ended.append(name)

    async def until_cancelled(name: str) -> None:
        try:
            await forever()
        finally:
            ended.append(name)

    async def drain(seconds: float) -> None:
        assert 4 < seconds < 5
        asked.set()

    async with open_supervisor(deaths, 5) as supervisor:
        supervisor.start("c1", until_cancelled("c1"))
        supervisor.start("d1", until_asked("d1"), drain)
        supervisor.start("d2", until_asked("d2"), drain)
        supervisor.start("c2", until_cancelled("c2"))
        await asyncio.sleep(0)
    assert set(ended[:2]) == {"d1", "d2"}
    assert ended[2:] == ["c2", "c1"]
    assert deaths == []


async def test_a_drain_that_overruns_is_cut_off(deaths: Deaths) -> None:
    async def drain(_: float) -> None:
        pass

    supervisor = Supervisor(deaths)
    supervisor.start("stuck", forever(), drain)
    with capture_logs() as logs:
        await supervisor.stop(0.01)
    assert [(line["event"], line["task"]) for line in logs] == [("drain_overran", "stuck")]
    assert deaths == []


async def test_failing_while_draining_is_fatal_too(deaths: Deaths) -> None:
    asked = asyncio.Event()

    async def fails_when_asked() -> None:
        await asked.wait()
        raise ValueError("lost")

    async def drain(_: float) -> None:
        asked.set()

    async def broken_drain(_: float) -> None:
        raise OSError("gone")

    supervisor = Supervisor(deaths)
    supervisor.start("work", fails_when_asked(), drain)
    supervisor.start("other", forever(), broken_drain)
    await supervisor.stop(1)
    assert {(name, type(error)) for name, error in deaths} == {
        ("work", ValueError),
        ("other", OSError),
    }


def test_switch_logs_who_died() -> None:
    switch = FatalSwitch()
    before = switch.tripped
    with capture_logs() as logs:
        switch.trip("consumer", None)
    assert (before, switch.tripped) == (False, True)
    assert logs[0]["event"] == "supervised_task_died"
    assert logs[0]["task"] == "consumer"


async def test_every_repeats_and_dies_with_its_work() -> None:
    rounds: list[int] = []

    async def work() -> None:
        rounds.append(len(rounds))
        if len(rounds) == 3:
            raise ValueError("bad")

    with pytest.raises(ValueError, match="bad"):
        await every(0, work)
    assert rounds == [0, 1, 2]
