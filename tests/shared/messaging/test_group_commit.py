"""Group commit: few trips, every item once, errors to all of a group and to no other."""

import asyncio
from collections.abc import Sequence

import pytest

from shared.errors import Unavailable
from shared.messaging.group_commit import GroupCommit


class Disk:
    """Writes when it is let; fails a group that holds a negative number."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.free = asyncio.Event()
        self.busy = 0
        self.most_busy = 0

    async def write(self, group: Sequence[int]) -> None:
        self.busy += 1
        self.most_busy = max(self.most_busy, self.busy)
        await self.free.wait()
        self.busy -= 1
        self.groups.append(list(group))
        if min(group) < 0:
            raise Unavailable("away")


async def test_what_gathers_shares_a_trip() -> None:
    disk = Disk()
    commits = GroupCommit(disk.write)
    first = [asyncio.create_task(commits.run(number)) for number in range(3)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    later = [asyncio.create_task(commits.run(number)) for number in range(3, 100)]
    await asyncio.sleep(0)
    disk.free.set()
    await asyncio.gather(*first, *later)
    assert disk.groups == [[0, 1, 2], list(range(3, 100))]


async def test_an_error_reaches_its_group_alone() -> None:
    disk = Disk()
    disk.free.set()
    commits = GroupCommit(disk.write)
    results = await asyncio.gather(commits.run(1), commits.run(-1), return_exceptions=True)
    assert all(isinstance(result, Unavailable) for result in results)
    await commits.run(2)
    assert disk.groups == [[1, -1], [2]]


async def test_never_more_groups_at_once_than_allowed() -> None:
    disk = Disk()
    commits = GroupCommit(disk.write, at_once=2)
    running = []
    for number in range(9):
        running.append(asyncio.create_task(commits.run(number)))
        for _ in range(3):
            await asyncio.sleep(0)
    disk.free.set()
    await asyncio.gather(*running)
    assert disk.most_busy == 2
    assert sorted(number for group in disk.groups for number in group) == list(range(9))


async def test_one_who_leaves_takes_nothing_from_the_others() -> None:
    disk = Disk()
    commits = GroupCommit(disk.write)
    leaving = asyncio.create_task(commits.run(1))
    staying = asyncio.create_task(commits.run(2))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    leaving.cancel()
    disk.free.set()
    await staying
    await commits.finish()
    assert disk.groups == [[1, 2]]
    with pytest.raises(asyncio.CancelledError):
        await leaving
