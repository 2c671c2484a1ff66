"""Acts sent as they are read: in batches, and on after those acknowledged."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from services.events.history.checkpoint import Checkpoint
from services.events.history.ports import Sent, Sink
from services.events.history.streaming import MOST_REFUSALS, StreamedImport, sent
from shared.contracts.cloudevents import CloudEvent
from shared.errors import Unavailable
from tests.services.events.builders import make_event

ACTS = [make_event(id=str(number)) for number in range(10)]


class Target(Sink):
    """Refuses what it is told to, and is away after some batches."""

    def __init__(self, refused: Sequence[str] = (), batches: int = 99) -> None:
        self.refused, self.left = refused, batches
        self.taken: list[str] = []

    async def send(self, events: Sequence[CloudEvent]) -> Sent:
        if not self.left:
            raise Unavailable("away")
        self.left -= 1
        self.taken += [event.id for event in events]
        return Sent({n: "no" for n, one in enumerate(events) if one.id in self.refused}, 1)


async def run(folder: Path, target: Target) -> tuple[int, int, int]:
    ticks = 0

    def tick() -> None:
        nonlocal ticks
        ticks += 1

    told = await StreamedImport(target, Checkpoint(folder, "x"), 3).run(ACTS, tick)
    return sent(told), told.accepted, ticks


async def test_everything_in_batches(tmp_path: Path) -> None:
    target = Target(["4", "9"])
    assert await run(tmp_path, target) == (10, 8, 4)
    assert target.taken == [act.id for act in ACTS]


async def test_it_goes_on_after_what_was_acknowledged(tmp_path: Path) -> None:
    first = Target(["1"], batches=2)
    with pytest.raises(Unavailable):
        await run(tmp_path, first)
    assert await run(tmp_path, second := Target()) == (10, 9, 2)
    assert (first.taken, second.taken) == (list("012345"), list("6789"))


async def test_refusals_are_counted_and_not_all_kept(tmp_path: Path) -> None:
    many = [make_event(id=str(number)) for number in range(MOST_REFUSALS + 10)]
    target = Target([act.id for act in many])
    told = await StreamedImport(target, Checkpoint(tmp_path, "x"), 500).run(many, lambda: None)
    assert (sent(told), told.accepted, len(told.refused)) == (len(many), 0, MOST_REFUSALS)
    assert told.waiting == 3
