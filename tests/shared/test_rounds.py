"""Work in the background."""

import asyncio

from shared.errors import Unavailable
from shared.rounds import Round


async def test_a_round_goes_on_while_there_is_work_and_when_it_is_woken() -> None:
    done: list[int] = []
    idle = asyncio.Event()

    async def work() -> bool:
        done.append(len(done))
        if len(done) == 2:
            raise Unavailable
        if len(done) % 3 == 0:
            idle.set()
            return False
        return True

    one = Round("test", work, 0.001)
    task = asyncio.create_task(one.run())
    await idle.wait()
    idle.clear()
    one.wake()
    await idle.wait()
    await one.stop(1.0)
    await task
    assert len(done) >= 6
