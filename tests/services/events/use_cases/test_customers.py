"""The topic's last word on a customer is what is stored, whoever was faster."""

from collections.abc import AsyncIterator, Collection, Mapping
from pathlib import Path

import pytest

from services.events.domain.customer import Details
from services.events.domain.identity import Link
from services.events.storage.sqlite.opening import open_sqlite_stores
from shared.config import Settings
from shared.errors import Conflict, Invalid
from tests.services.events.builders import make_event
from tests.services.events.use_cases.people import PSEUDONYMS, People

MAIL, PHONE = "ana@example.com", "+351912345678"


@pytest.fixture
async def people(tmp_path: Path) -> AsyncIterator[People]:
    async with open_sqlite_stores(tmp_path / "events.sqlite", Settings()) as stores:
        yield People(stores)


async def test_a_change_overtaken_by_an_erasure_does_not_bring_the_customer_back(
    people: People,
) -> None:
    people.changes.meanwhile = lambda: people.keep.erase("c-1")
    await people.keep.put("c-1", Details(name="Ana"))
    assert await people.stores.customers.get_customer("c-1") is None
    assert people.changes.told == [None, "Ana", None]


async def test_an_erasure_overtaken_by_a_change_leaves_the_customer(people: People) -> None:
    people.changes.meanwhile = lambda: people.keep.put("c-1", Details(name="Ana"))
    await people.keep.erase("c-1")
    assert people.changes.told == ["Ana", None, "Ana"]


async def test_of_two_changes_the_one_that_is_stored_is_told_last(people: People) -> None:
    people.changes.meanwhile = lambda: people.keep.put("c-1", Details(name="Ana Lima"))
    await people.keep.put("c-1", Details(name="Ana"))
    assert people.changes.told == ["Ana Lima", "Ana", "Ana Lima"]


async def test_listed_aliases_and_contacts_lead_to_the_customer(people: People) -> None:
    await people.link([Link("shopify:shop:7", "c-1")])
    await people.keep.put("c-1", Details(email=MAIL, phone=PHONE, aliases=("forum:ana",)))
    assert await people.holders("c-1") == {
        ("shopify:shop:7", "connector"),
        ("forum:ana", "shop"),
        (PSEUDONYMS.email(MAIL), "contact"),
        (PSEUDONYMS.phone(PHONE), "contact"),
    }


async def test_what_is_no_longer_said_is_unlinked_and_what_others_said_stays(
    people: People,
) -> None:
    await people.link([Link("shopify:shop:7", "c-1")])
    before = ("forum:ana", "shopify:shop:7")
    await people.keep.put("c-1", Details(email=MAIL, phone=PHONE, aliases=before))
    await people.keep.put("c-1", Details(email="ana@example.org", aliases=("forum:lima",)))
    assert await people.holders("c-1") == {
        ("shopify:shop:7", "connector"),
        ("forum:lima", "shop"),
        (PSEUDONYMS.email("ana@example.org"), "contact"),
    }


async def test_an_alias_of_another_customer_is_a_conflict_and_nothing_is_stored(
    people: People,
) -> None:
    await people.link([Link("forum:ana", "c-2")])
    with pytest.raises(Conflict) as refused:
        await people.keep.put("c-1", Details(name="Ana", aliases=("forum:lima", "forum:ana")))
    assert refused.value.pointer == "/aliases/1"
    assert "c-2" not in str(refused.value)
    assert await people.stores.customers.get_customer("c-1") is None
    assert await people.holders("c-1") == set()
    assert people.changes.told == []


async def test_of_two_who_list_an_alias_at_once_the_slower_one_gets_nothing(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    identities = people.stores.identities
    resolve = identities.resolve

    async def resolve_and_be_overtaken(aliases: Collection[str]) -> Mapping[str, str]:
        found = await resolve(aliases)
        monkeypatch.undo()
        await people.keep.put("c-2", Details(aliases=("forum:ana",)))
        return found

    await people.link([Link("forum:own", "c-1")], "shop")
    monkeypatch.setattr(identities, "resolve", resolve_and_be_overtaken)
    with pytest.raises(Conflict):
        await people.keep.put("c-1", Details(aliases=("forum:own", "forum:lima", "forum:ana")))
    assert await people.stores.customers.get_customer("c-1") is None
    assert await people.holders("c-1") == {("forum:own", "shop")}
    assert await people.holders("c-2") == {("forum:ana", "shop")}


async def test_a_household_shares_an_address(people: People) -> None:
    await people.keep.put("c-1", Details(email=MAIL))
    await people.keep.put("c-2", Details(email=MAIL, phone=PHONE))
    assert await people.resolve(PSEUDONYMS.email(MAIL)) == {PSEUDONYMS.email(MAIL): "c-1"}
    await people.keep.put("c-1", Details())
    await people.keep.put("c-2", Details(email=MAIL))
    assert await people.resolve(PSEUDONYMS.email(MAIL)) == {PSEUDONYMS.email(MAIL): "c-2"}


async def test_acts_that_waited_for_an_address_are_claimed(people: People) -> None:
    await people.take([make_event(id="1", subject=PSEUDONYMS.email(MAIL))])
    await people.take([make_event(id="2", subject="order:shop:1")])
    await people.link([Link("order:shop:1", PSEUDONYMS.email(" Ana@EXAMPLE.com"))])
    await people.keep.put("c-1", Details(email=MAIL))
    assert people.acts.said == {("/shop", "1", "c-1"), ("/shop", "2", "c-1")}
    assert await people.stores.unclaimed.count() == 0


async def test_of_two_changes_the_links_of_the_one_that_is_stored_stand(people: People) -> None:
    people.changes.meanwhile = lambda: people.keep.put("c-1", Details(aliases=("forum:new",)))
    await people.keep.put("c-1", Details(email=MAIL, aliases=("forum:old",)))
    assert await people.holders("c-1") == {("forum:new", "shop")}


async def test_erasing_forgets_all_that_is_known_under_any_alias(people: People) -> None:
    await people.keep.put("c-1", Details(email=MAIL, aliases=("forum:ana",)))
    await people.link([Link("order:shop:1", "forum:ana"), Link("forum:bo", "c-2")])
    await people.take([make_event("x", id="1", subject="order:shop:1", data={})])
    await people.stores.unclaimed.keep(
        [make_event(id="2", subject="order:shop:1")], people.clock.now()
    )
    await people.keep.erase("c-1")
    assert await people.stores.quarantine.page(None, 9) == []
    assert await people.stores.unclaimed.count() == 0
    assert await people.resolve("forum:ana", "order:shop:1", "forum:bo") == {"forum:bo": "c-2"}
    assert await people.resolve(PSEUDONYMS.email(MAIL)) == {}


async def test_erasing_by_alias(people: People) -> None:
    await people.keep.put("c-1", Details(aliases=("forum:ana",)))
    assert await people.keep.erase_alias("forum:ana") == "c-1"
    assert await people.stores.customers.get_customer("c-1") is None
    await people.take([make_event(subject="forum:bo")])
    assert await people.keep.erase_alias("forum:bo") is None
    assert await people.stores.unclaimed.count() == 0


async def test_an_alias_is_no_customer(people: People) -> None:
    with pytest.raises(Invalid):
        await people.keep.put("forum:ana", Details())
    with pytest.raises(Invalid):
        await people.keep.erase("forum:ana")


async def test_the_erased_are_known_as_such_until_they_come_back(people: People) -> None:
    erased = people.stores.erased
    await people.keep.put("c-1", Details(name="Ana"))
    await people.keep.erase("c-1")
    assert await erased.among(["c-1"]) == {"c-1"}
    await people.keep.put("c-1", Details(name="Ana"))
    assert await erased.among(["c-1"]) == frozenset()


async def test_a_change_overtaken_by_an_erasure_leaves_the_customer_erased(people: People) -> None:
    people.changes.meanwhile = lambda: people.keep.erase("c-1")
    await people.keep.put("c-1", Details(name="Ana"))
    assert await people.stores.erased.among(["c-1"]) == {"c-1"}
