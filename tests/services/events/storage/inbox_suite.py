"""What every Inbox does; each adapter's test module binds `stores`, with room for 5."""

import asyncio
from datetime import timedelta

import pytest

from services.events.domain.arrival import MOST_BYTES_AT_ONCE, Arrived
from services.events.ports.stores import Stores
from shared.errors import Unavailable
from tests.services.events.builders import NOW

CAPACITY = 5


def make_arrived(number: int, body: bytes = b"{}") -> Arrived:
    """Ids are in the order of arrival, as ReceiveDeliveries makes them."""
    return Arrived(f"{number:032x}", "shop", {"x-topic": "orders/paid"}, body, NOW)


class InboxSuite:
    """The inbox."""

    async def test_deliveries_wait_in_order_byte_for_byte(self, stores: Stores) -> None:
        first, second, third = make_arrived(1, b"\xff\x00"), make_arrived(2), make_arrived(3, b"")
        await stores.inbox.put([first, second])
        await stores.inbox.put([third])
        assert await stores.inbox.count() == 3
        taken = await stores.inbox.take("me", 10, NOW)
        assert taken == [first, second, third]
        await stores.inbox.remove([first.id, third.id])
        assert await stores.inbox.count() == 1
        assert await stores.inbox.take("me", 10, NOW) == [second]

    async def test_who_takes_has_a_minute(self, stores: Stores) -> None:
        both = [make_arrived(1), make_arrived(2)]
        await stores.inbox.put(both)
        assert await stores.inbox.take("me", 1, NOW) == both[:1]
        assert await stores.inbox.take("you", 10, NOW) == both[1:]
        assert await stores.inbox.take("they", 10, NOW + timedelta(seconds=59)) == []
        assert await stores.inbox.take("they", 10, NOW + timedelta(seconds=61)) == both

    async def test_what_was_not_removed_comes_again_before_what_came_later(
        self, stores: Stores
    ) -> None:
        await stores.inbox.put([make_arrived(1)])
        await stores.inbox.take("me", 10, NOW)
        await stores.inbox.put([make_arrived(2)])
        assert await stores.inbox.take("me", 10, NOW) == [make_arrived(1), make_arrived(2)]

    async def test_two_who_take_at_once_share(self, stores: Stores) -> None:
        every = [make_arrived(number) for number in range(CAPACITY)]
        await stores.inbox.put(every)

        async def empty(owner: str) -> list[Arrived]:
            done: list[Arrived] = []
            while some := await stores.inbox.take(owner, 2, NOW):
                await stores.inbox.remove([one.id for one in some])
                done += some
            return done

        shares = await asyncio.gather(*(empty(owner) for owner in ("a", "b", "c")))
        assert sorted(one.id for share in shares for one in share) == [one.id for one in every]

    async def test_no_room_is_said_and_nothing_is_kept_in_part(self, stores: Stores) -> None:
        await stores.inbox.put([make_arrived(number) for number in range(CAPACITY - 1)])
        with pytest.raises(Unavailable):
            await stores.inbox.put([make_arrived(8), make_arrived(9)])
        assert await stores.inbox.count() == CAPACITY - 1

    async def test_large_ones_are_taken_in_parts(self, stores: Stores) -> None:
        half = bytes(MOST_BYTES_AT_ONCE // 2 + 1)
        for number in (1, 2):
            await stores.inbox.put([make_arrived(number, half)])
        (first,) = await stores.inbox.take("me", 10, NOW)
        await stores.inbox.remove([first.id])
        assert [one.id for one in await stores.inbox.take("me", 10, NOW)] == [make_arrived(2).id]
