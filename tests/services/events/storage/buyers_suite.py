"""What every store of buyers does; each adapter's test module binds `stores`."""

from datetime import datetime, timedelta
from decimal import Decimal

from services.events.domain.referred_order import Telling
from services.events.ports.stores import Stores
from tests.services.events.builders import NOW


def make_purchase(at: datetime) -> Telling:
    return Telling(f"/shop {at.isoformat()}", "purchase", at, "o-1", Decimal("12.50"))


class BuyersSuite:
    """First purchases."""

    async def test_the_earliest_purchase_stays(self, stores: Stores) -> None:
        first, second = make_purchase(NOW), make_purchase(NOW + timedelta(seconds=1))
        await stores.buyers.bought({"c-1": second, "c-2": first})
        await stores.buyers.bought({"c-1": first, "c-2": second})
        await stores.buyers.bought({})
        found = await stores.buyers.first_purchases(["c-1", "c-2", "c-3"])
        assert found == {"c-1": first, "c-2": first}
        assert await stores.buyers.first_purchases([]) == {}

    async def test_who_has_bought_by_a_time(self, stores: Stores) -> None:
        await stores.buyers.bought({f"c-{n}": make_purchase(NOW) for n in range(1200)})
        before, after = NOW - timedelta(milliseconds=1), NOW + timedelta(days=1)
        times = {f"c-{n}": NOW for n in range(3, 1200)}
        some = {"c-0": before, "c-1": NOW, "c-2": after, "stranger": after}
        found = await stores.buyers.bought_by(times | some)
        assert found == {f"c-{n}" for n in range(1, 1200)}
        assert await stores.buyers.bought_by({}) == frozenset()

    async def test_forgetting_is_for_good(self, stores: Stores) -> None:
        await stores.buyers.bought({"c-1": make_purchase(NOW), "c-2": make_purchase(NOW)})
        await stores.buyers.forget(["c-1"])
        assert (await stores.buyers.first_purchases(["c-1", "c-2"])).keys() == {"c-2"}
