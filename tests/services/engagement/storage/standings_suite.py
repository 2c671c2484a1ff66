"""What every StandingStore does."""

from services.engagement.domain.standing import Place, Standing
from services.engagement.ports.customers import CustomerStore
from services.engagement.ports.standings import StandingStore

FRIEND = Place("friend", ("loyal", "new"), ("club",))


def standing(customer: str = "c-1", time: int = 1, place: Place = FRIEND) -> Standing:
    return Standing(customer, time, place)


class StandingStoreSuite:
    async def test_what_is_kept_is_announced_once(self, standings: StandingStore) -> None:
        first, second = standing(time=2), standing("c-2", 1, Place("guest"))
        await standings.keep([first, second])
        assert await standings.unannounced(9) == [second, first]
        # Also by what follows from them: a driver's own kind of number compares as equal.
        assert [one.id for one in await standings.unannounced(9)] == [second.id, first.id]
        assert await standings.unannounced(1) == [second]
        await standings.mark_announced([second])
        assert await standings.unannounced(9) == [first]
        assert {one.customer: one for one in await standings.of(["c-1", "c-2", "c-3"])} == {
            "c-1": first,
            "c-2": second,
        }

    async def test_a_later_one_is_announced_again(self, standings: StandingStore) -> None:
        first, second = standing(), standing(time=2, place=Place("guest"))
        await standings.keep([first])
        await standings.keep([second])
        await standings.mark_announced([first])
        assert await standings.unannounced(9) == [second]
        await standings.mark_announced([second])
        assert await standings.unannounced(9) == []
        assert await standings.of(["c-1"]) == [second]

    async def test_one_that_is_no_later_changes_nothing(self, standings: StandingStore) -> None:
        first = standing(time=2)
        await standings.keep([first])
        await standings.mark_announced([first])
        await standings.keep([standing(time=2, place=Place("guest"))])
        await standings.keep([standing(time=1, place=Place("guest"))])
        assert await standings.of(["c-1"]) == [first]
        assert await standings.unannounced(9) == []

    async def test_between_ids(self, standings: StandingStore) -> None:
        await standings.keep([standing(id) for id in ("a", "B", "\U0001f600", "é")])
        found = await standings.between("B", None, 9)
        assert [one.customer for one in found] == ["a", "é", "\U0001f600"]
        assert [one.customer for one in await standings.between("", "a", 9)] == ["B", "a"]
        assert [one.customer for one in await standings.between("", None, 1)] == ["B"]

    async def test_nothing_is_kept_of_the_erased(
        self, standings: StandingStore, customers: CustomerStore
    ) -> None:
        await standings.keep([standing(), standing("c-2")])
        await customers.erase("c-1", "1")
        await standings.keep([standing(time=2)])
        assert [one.customer for one in await standings.between("", None, 9)] == ["c-2"]

    async def test_forgetting(self, standings: StandingStore) -> None:
        await standings.keep([standing(), standing("c-2")])
        await standings.forget(["c-1", "c-3"])
        assert [one.customer for one in await standings.unannounced(9)] == ["c-2"]

    async def test_nothing_to_do(self, standings: StandingStore) -> None:
        await standings.keep([])
        await standings.mark_announced([])
        await standings.forget([])
        assert await standings.of([]) == []
