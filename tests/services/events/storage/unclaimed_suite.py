"""What every Unclaimed store does; each adapter's test module binds `stores`, with room for 5."""

import asyncio
from datetime import timedelta

import pytest

from services.events.domain.waiting import Waiting
from services.events.ports.stores import Stores
from shared.errors import Unavailable
from tests.services.events.builders import NOW, make_event
from tests.services.events.storage.quarantine_suite import CAPACITY

LATER = NOW + timedelta(hours=1)


class UnclaimedSuite:
    """The room in which acts of unknown aliases wait."""

    async def test_acts_come_out_as_they_went_in_and_in_their_order(self, stores: Stores) -> None:
        acts = [
            make_event(id=str(n), subject=f"a:{n % 2}", extensions={"tenant": "t-1"})
            for n in (3, 1, 2)
        ]
        await stores.unclaimed.keep(acts[:2], NOW)
        await stores.unclaimed.keep(acts[2:], LATER)
        assert await stores.unclaimed.acts_of(["a:0", "a:1", "a:2"], 9) == acts
        assert await stores.unclaimed.acts_of(["a:1"], 9) == acts[:2]
        assert await stores.unclaimed.acts_of(["a:0", "a:1"], 1) == acts[:1]

    async def test_an_act_is_kept_once(self, stores: Stores) -> None:
        first = make_event(subject="a:1", time="2026-05-01T00:00:00Z")
        other_source = make_event(subject="a:1", source="/forum")
        await stores.unclaimed.keep([first, other_source], NOW)
        await stores.unclaimed.keep([make_event(subject="a:1"), make_event(subject="a:1")], LATER)
        assert await stores.unclaimed.acts_of(["a:1"], 9) == [first, other_source]
        assert await stores.unclaimed.count() == 2

    async def test_one_act_from_many_sides_at_once(self, stores: Stores) -> None:
        acts = [make_event(subject="a:1"), make_event(subject="a:1", id="2")]
        await asyncio.gather(*(stores.unclaimed.keep(acts, NOW) for _ in range(5)))
        assert await stores.unclaimed.acts_of(["a:1"], 9) == acts
        assert await stores.unclaimed.count() == 2

    async def test_claimed_acts_leave(self, stores: Stores) -> None:
        acts = [make_event(id=str(n), subject="a:1") for n in range(3)]
        await stores.unclaimed.keep(acts, NOW)
        await stores.unclaimed.remove([make_event(id="1", subject="c-1"), make_event(id="9")])
        assert await stores.unclaimed.acts_of(["a:1"], 9) == [acts[0], acts[2]]
        assert await stores.unclaimed.count() == 2

    async def test_what_waits_is_listed_by_alias(self, stores: Stores) -> None:
        aliases = ["a:2", "a:1", "a:2", "a:3"]
        for n, alias in enumerate(aliases):
            act = make_event(id=str(n), subject=alias)
            await stores.unclaimed.keep([act], NOW + timedelta(hours=n))
        waiting = [
            Waiting("a:1", 1, NOW + timedelta(hours=1)),
            Waiting("a:2", 2, NOW),
            Waiting("a:3", 1, NOW + timedelta(hours=3)),
        ]
        assert await stores.unclaimed.waiting("", 9) == waiting
        assert await stores.unclaimed.waiting("", 2) == waiting[:2]
        assert await stores.unclaimed.waiting("a:1", 1) == waiting[1:2]
        seen: list[str] = []
        after = ""
        while some := await stores.unclaimed.aliases(after, 2):
            seen += some
            after = some[-1]
        assert seen == ["a:1", "a:2", "a:3"]

    async def test_a_full_room_says_so_and_keeps_what_it_has(self, stores: Stores) -> None:
        acts = [make_event(id=str(n), subject="a:1") for n in range(CAPACITY)]
        await stores.unclaimed.keep(acts, NOW)
        with pytest.raises(Unavailable):
            await stores.unclaimed.keep([make_event(id="more", subject="a:1")], NOW)
        assert await stores.unclaimed.acts_of(["a:1"], 9) == acts
        await stores.unclaimed.remove(acts[:1])
        await stores.unclaimed.keep([make_event(id="more", subject="a:1")], NOW)

    async def test_acts_do_not_wait_for_ever(self, stores: Stores) -> None:
        await stores.unclaimed.keep([make_event(id="1", subject="a:1")], NOW)
        await stores.unclaimed.keep([make_event(id="2", subject="a:1")], LATER)
        assert await stores.unclaimed.expire(LATER) == 1
        assert [act.id for act in await stores.unclaimed.acts_of(["a:1"], 9)] == ["2"]
        assert await stores.unclaimed.count() == 1

    async def test_forgetting_takes_what_is_theirs(self, stores: Stores) -> None:
        acts = [make_event(id=str(n), subject=f"a:{n}") for n in range(3)]
        await stores.unclaimed.keep(acts, NOW)
        await stores.unclaimed.forget(["a:1", "c-1"])
        assert await stores.unclaimed.acts_of(["a:0", "a:1", "a:2"], 9) == [acts[0], acts[2]]
        assert await stores.unclaimed.count() == 2
