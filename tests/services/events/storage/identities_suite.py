"""What every Identities store does; each adapter's test module binds `stores`."""

import asyncio
from datetime import timedelta

from services.events.domain.identity import Link, Linked
from services.events.ports.stores import Stores
from tests.services.events.builders import NOW

LATER = NOW + timedelta(hours=1)
SHOP, FORUM = "shopify:shop:7", "discourse:forum:anna"


class IdentitiesSuite:
    """Who is who."""

    async def test_an_alias_leads_to_its_customer(self, stores: Stores) -> None:
        assert await stores.identities.link([Link(SHOP, "c-1")], "connector", NOW) == []
        assert await stores.identities.resolve([SHOP, FORUM]) == {SHOP: "c-1"}
        assert await stores.identities.get([SHOP, FORUM]) == [Linked(SHOP, "c-1", NOW, "connector")]
        assert await stores.identities.resolve([]) == {}

    async def test_chains_of_five_lead_on_and_longer_ones_are_refused(self, stores: Stores) -> None:
        chain = [Link(f"a:{n}", f"a:{n + 1}") for n in range(1, 5)]
        assert await stores.identities.link(chain, "connector", NOW) == []
        assert await stores.identities.resolve(["a:1"]) == {}
        assert await stores.identities.link([Link("a:5", "c-1")], "connector", NOW) == []
        assert await stores.identities.resolve(["a:1", "a:4"]) == {"a:1": "c-1", "a:4": "c-1"}
        longer = [Link("a:0", "a:1")]
        assert await stores.identities.link(longer, "connector", NOW) == longer
        assert {one.alias for one in await stores.identities.leading_to(["c-1"])} == {
            f"a:{n}" for n in range(1, 6)
        }
        assert [one.alias for one in await stores.identities.leading_to(["a:3"])] == ["a:2", "a:1"]

    async def test_aliases_that_begin_in_some_way_are_left_out(self, stores: Stores) -> None:
        links = [Link(SHOP, "c-1"), Link("order:shop:1", SHOP), Link("order:shop:2", "c-1")]
        others = [Link("a:1", "order:shop:2"), Link("orders:1", "c-1"), Link("discourse.t:1", SHOP)]
        assert await stores.identities.link(links + others, "connector", NOW) == []
        found = await stores.identities.leading_to(["c-1"], leaving_out=("order:", "discourse-t:"))
        assert {one.alias for one in found} == {SHOP, "orders:1", "discourse.t:1"}

    async def test_what_hangs_on_an_alias_counts_for_the_length_of_its_chain(
        self, stores: Stores
    ) -> None:
        below = [Link("a:1", "a:2"), Link("a:2", "a:3"), Link("a:3", "a:4")]
        above = [Link("b:1", "b:2"), Link("b:2", "c-1")]
        assert await stores.identities.link(below + above, "connector", NOW) == []
        joint = [Link("a:4", "b:1")]
        assert await stores.identities.link(joint, "connector", NOW) == joint
        assert await stores.identities.link([Link("a:4", "b:2")], "connector", NOW) == []
        assert await stores.identities.resolve(["a:1"]) == {"a:1": "c-1"}

    async def test_of_many_links_that_two_make_at_once_each_alias_has_one(
        self, stores: Stores
    ) -> None:
        sides = [
            [Link(f"a:{n}", customer) for n in numbers]
            for customer, numbers in (("c-1", range(30)), ("c-2", range(30, -10, -1)))
        ]
        refused = await asyncio.gather(
            *(stores.identities.link(side, "connector", NOW) for side in sides)
        )
        every = {link.alias for side in sides for link in side}
        found = await stores.identities.resolve(every)
        assert found.keys() == every
        for side, gone in zip(sides, refused, strict=True):
            assert set(gone) == {link for link in side if found[link.alias] != link.target}

    async def test_circles_are_refused(self, stores: Stores) -> None:
        circle = [Link("a:1", "a:2"), Link("a:2", "a:3"), Link("a:3", "a:1"), Link("b:1", "b:1")]
        assert await stores.identities.link(circle, "connector", NOW) == circle[2:]
        moved = await stores.identities.link(circle[2:3], "staff", NOW, move=True)
        assert moved == circle[2:3]

    async def test_circles_that_close_at_the_same_time_are_opened_again(
        self, stores: Stores
    ) -> None:
        links = [[Link("a:1", "a:2")], [Link("a:2", "a:3")], [Link("a:3", "a:1")]]
        refused = await asyncio.gather(
            *(stores.identities.link(some, "connector", NOW) for some in links)
        )
        assert any(refused)
        standing = {one.alias for one in await stores.identities.get(["a:1", "a:2", "a:3"])}
        assert len(standing) == 3 - sum(map(len, refused))

    async def test_the_first_holder_keeps_an_alias(self, stores: Stores) -> None:
        await stores.identities.link([Link(SHOP, "c-1")], "connector", NOW)
        other = [Link(SHOP, "c-2")]
        assert await stores.identities.link(other, "staff", LATER) == other
        assert await stores.identities.link([Link(SHOP, "c-1")], "staff", LATER) == []
        assert await stores.identities.get([SHOP]) == [Linked(SHOP, "c-1", NOW, "connector")]
        assert await stores.identities.link(other, "staff", LATER, move=True) == []
        assert await stores.identities.get([SHOP]) == [Linked(SHOP, "c-2", LATER, "staff")]

    async def test_another_way_to_the_same_customer_is_no_conflict(self, stores: Stores) -> None:
        await stores.identities.link([Link(SHOP, FORUM), Link(FORUM, "c-1")], "connector", NOW)
        assert await stores.identities.link([Link(SHOP, "c-1")], "shop", NOW) == []
        (kept,) = await stores.identities.get([SHOP])
        assert kept.target == FORUM

    async def test_an_alias_that_leads_to_nobody_follows_one_that_does(
        self, stores: Stores
    ) -> None:
        await stores.identities.link([Link("order:shop:1", "email:x")], "connector", NOW)
        elsewhere = [Link("order:shop:1", "phone:x")]
        assert await stores.identities.link(elsewhere, "connector", NOW) == elsewhere
        assert await stores.identities.link([Link("order:shop:1", "c-1")], "connector", NOW) == []
        assert await stores.identities.resolve(["order:shop:1"]) == {"order:shop:1": "c-1"}

    async def test_one_of_many_wins_an_alias(self, stores: Stores) -> None:
        refused = await asyncio.gather(
            *(stores.identities.link([Link(SHOP, f"c-{n}")], "connector", NOW) for n in range(5))
        )
        assert sorted(map(len, refused)) == [0, 1, 1, 1, 1]
        assert await stores.identities.resolve([SHOP]) == {SHOP: f"c-{refused.index([])}"}

    async def test_unlinking_takes_back_only_what_it_names(self, stores: Stores) -> None:
        await stores.identities.link([Link(SHOP, "c-1"), Link(FORUM, "c-1")], "connector", NOW)
        gone = await stores.identities.unlink(
            [Link(SHOP, "c-1"), Link(FORUM, "c-2"), Link("a:1", "c-1")]
        )
        assert gone == 1
        assert await stores.identities.resolve([SHOP, FORUM]) == {FORUM: "c-1"}

    async def test_links_are_found_by_their_beginning(self, stores: Stores) -> None:
        aliases = ["shopify:shop:1", "shopify:shop:2", "shopify:shop2:1", "order:shop:1", "x:%_.*"]
        await stores.identities.link([Link(alias, "c-1") for alias in aliases], "connector", NOW)
        found = await stores.identities.starting_with("shopify:shop:", 10)
        assert [one.alias for one in found] == aliases[:2]
        assert len(await stores.identities.starting_with("shopify:", 1)) == 1
        assert [one.alias for one in await stores.identities.starting_with("x:%_.*", 9)] == [
            "x:%_.*"
        ]
        assert await stores.identities.starting_with("x:%__", 9) == []

    async def test_forgetting_takes_what_leads_there(self, stores: Stores) -> None:
        links = [Link(SHOP, "c-1"), Link(FORUM, "c-1"), Link("order:shop:1", SHOP)]
        await stores.identities.link([*links, Link("a:1", "c-2")], "connector", NOW)
        await stores.identities.forget(["c-1", SHOP])
        aliases = [SHOP, FORUM, "order:shop:1", "a:1"]
        assert await stores.identities.get(aliases) == [Linked("a:1", "c-2", NOW, "connector")]

    async def test_many_at_once(self, stores: Stores) -> None:
        links = [Link(f"order:shop:{n}", f"shopify:shop:{n}") for n in range(1200)]
        assert await stores.identities.link(links[:200], "connector", NOW) == []
        await stores.identities.link([Link("shopify:shop:7", "c-7")], "connector", NOW)
        found = await stores.identities.resolve([link.alias for link in links])
        assert found == {"order:shop:7": "c-7"}
