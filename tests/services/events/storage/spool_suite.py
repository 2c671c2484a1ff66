"""What every Spool does; each adapter's test module binds `stores`, with room for 5."""

from datetime import timedelta

import pytest

from services.events.ports.stores import Stores
from shared.errors import Unavailable
from tests.services.events.builders import NOW, make_event

CAPACITY = 5


class SpoolSuite:
    """The spool."""

    async def test_acts_wait_in_order_and_once(self, stores: Stores) -> None:
        first, second = make_event(id="1"), make_event("help", id="2", extensions={"level": "3"})
        await stores.spool.keep([first, second], NOW)
        await stores.spool.keep([first], NOW)
        assert await stores.spool.count() == 2
        taken = await stores.spool.take(10, NOW)
        assert [one.event for one in taken] == [first, second]
        await stores.spool.remove([one.key for one in taken])
        assert await stores.spool.count() == 0

    async def test_who_takes_has_a_minute(self, stores: Stores) -> None:
        await stores.spool.keep([make_event(id="1"), make_event(id="2")], NOW)
        (mine,) = await stores.spool.take(1, NOW)
        (other,) = await stores.spool.take(10, NOW)
        assert {mine.event.id, other.event.id} == {"1", "2"}
        assert await stores.spool.take(10, NOW + timedelta(seconds=59)) == []
        again = await stores.spool.take(10, NOW + timedelta(seconds=61))
        assert {one.event.id for one in again} == {"1", "2"}

    async def test_no_room_is_said_and_nothing_is_kept_in_part(self, stores: Stores) -> None:
        await stores.spool.keep([make_event(id=str(n)) for n in range(CAPACITY - 1)], NOW)
        with pytest.raises(Unavailable):
            await stores.spool.keep([make_event(id="a"), make_event(id="b")], NOW)
        assert await stores.spool.count() == CAPACITY - 1

    async def test_forgetting_takes_what_is_theirs(self, stores: Stores) -> None:
        await stores.spool.keep([make_event(id="1"), make_event(id="2", subject="c-2")], NOW)
        await stores.spool.forget(["c-1"])
        (left,) = await stores.spool.take(10, NOW)
        assert left.event.subject == "c-2"
