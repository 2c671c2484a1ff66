"""What every Customers store does; each adapter's test module binds `stores`."""

from asyncio import gather
from dataclasses import replace
from datetime import timedelta

from services.events.domain.customer import Details, details_of
from services.events.domain.identity import Person
from services.events.ports.stores import Stores
from shared.clock import epoch_ms
from shared.contracts.customers import Consent
from tests.services.events.builders import NOW

DETAILS = Details(
    name="Ana",
    email="ana@example.com",
    locale="pt-PT",
    consents=(Consent(purpose="thanks", channel="email", state="granted", time="2026-01-01"),),
    aliases=("shop:7",),
    excluded="staff",
    leaderboard_name="Ana of the harbour",
)


class CustomersSuite:
    """Customers."""

    async def test_a_customer_is_kept_as_told(self, stores: Stores) -> None:
        saved, new = await stores.customers.save("c-1", DETAILS, NOW)
        assert new
        assert saved.revision == epoch_ms(NOW) * 1000
        assert await stores.customers.get_customer("c-1") == saved
        assert details_of(saved) == DETAILS
        assert await stores.customers.get_customer("c-2") is None

    async def test_country_and_addresses_are_kept_as_told(self, stores: Stores) -> None:
        told = Details(country="PT", addresses={"push": "token:1", "web-push": "token:2"})
        saved, _ = await stores.customers.save("c-1", told, NOW)
        assert await stores.customers.get_customer("c-1") == saved
        assert details_of(saved) == told
        unsaid, _ = await stores.customers.save("c-1", Details(), NOW)
        assert (unsaid.country, unsaid.addresses) == (None, {})

    async def test_consents_that_are_left_out_stay(self, stores: Stores) -> None:
        await stores.customers.save("c-1", DETAILS, NOW)
        refusal = Consent(
            purpose="thanks", channel="any", state="withdrawn", time="2026-01-02T00:00:00Z"
        )
        saved, _ = await stores.customers.save("c-1", Details(consents=(refusal,)), NOW)
        assert saved.consents == (*DETAILS.consents, refusal)
        again, _ = await stores.customers.save("c-1", Details(), NOW)
        assert again.consents == saved.consents
        assert await stores.customers.get_customer("c-1") == again

    async def test_revisions_grow_whatever_the_clock_says(self, stores: Stores) -> None:
        first, _ = await stores.customers.save("c-1", DETAILS, NOW)
        second, new = await stores.customers.save("c-1", Details(), NOW - timedelta(days=1))
        assert not new
        assert second.revision == first.revision + 1
        assert await stores.customers.get_customer("c-1") == second

    async def test_a_platform_s_word_stands_until_the_shop_speaks(self, stores: Stores) -> None:
        ana = Person("shopify:shop:7", "c-1", name="Ana", email="ana@example.com")
        made = await stores.customers.introduce("c-1", ana, NOW)
        assert made is not None
        assert (made.name, made.email) == ("Ana", "ana@example.com")
        renamed = await stores.customers.introduce("c-1", replace(ana, name="Ana Lima"), NOW)
        assert renamed == await stores.customers.get_customer("c-1")
        assert renamed is not None
        assert renamed.name == "Ana Lima"
        assert renamed.revision > made.revision
        await stores.customers.save("c-1", Details(name="A. Lima"), NOW)
        filled = await stores.customers.introduce("c-1", ana, NOW)
        assert filled is not None
        assert (filled.name, filled.email) == ("A. Lima", "ana@example.com")

    async def test_an_introduction_leaves_alone_who_is_excluded_or_shown(
        self, stores: Stores
    ) -> None:
        await stores.customers.save("c-1", DETAILS, NOW)
        ana = Person("shopify:shop:7", "c-1", name="Ana", phone="+351912345678")
        filled = await stores.customers.introduce("c-1", ana, NOW)
        assert filled is not None
        assert details_of(filled) == replace(DETAILS, phone="+351912345678")

    async def test_an_introduction_is_told_until_it_is_marked(self, stores: Stores) -> None:
        ana = Person("shopify:shop:7", "c-1", name="Ana")
        made = await stores.customers.introduce("c-1", ana, NOW)
        assert made is not None
        assert await stores.customers.introduce("c-1", ana, NOW) == made
        await stores.customers.mark_told("c-1", made.revision - 1)
        assert await stores.customers.introduce("c-1", ana, NOW) == made
        await stores.customers.mark_told("c-1", made.revision)
        assert await stores.customers.introduce("c-1", ana, NOW) is None
        assert await stores.customers.get_customer("c-1") == made

    async def test_one_introduction_from_many_sides_makes_one_customer(
        self, stores: Stores
    ) -> None:
        ana = Person("shopify:shop:7", "c-1", name="Ana")
        made = await gather(*(stores.customers.introduce("c-1", ana, NOW) for _ in range(5)))
        stands = await stores.customers.get_customer("c-1")
        assert stands is not None
        assert all(one == stands for one in made)

    async def test_forgetting_is_for_good(self, stores: Stores) -> None:
        await stores.customers.save("c-1", DETAILS, NOW)
        await stores.customers.save("c-2", DETAILS, NOW)
        await stores.customers.forget(["c-1", "shop:7"])
        await stores.customers.forget(["c-1"])
        assert await stores.customers.get_customer("c-1") is None
        assert await stores.customers.get_customer("c-2") is not None
