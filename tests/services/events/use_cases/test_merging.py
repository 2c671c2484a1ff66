"""Merging and its undoing, as others hear of it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from services.events.domain.customer import Details, details_of
from services.events.domain.identity import Link, Person
from services.events.domain.merging import UNDO_FOR
from services.events.storage.sqlite.opening import open_sqlite_stores
from services.events.use_cases.customers import KeepCustomers
from services.events.use_cases.introductions import IntroducePeople
from services.events.use_cases.merging import MergeCustomers
from shared.config import Settings
from shared.contracts.customers import Customer
from shared.errors import Conflict, Invalid, Unavailable
from shared.runtime import new_id
from tests.services.events.use_cases.people import PSEUDONYMS, People

ANA = Details(name="Ana", email="ana@example.com", aliases=("shop:7",))
LIMA = Details(name="A. Lima", email="lima@example.com", phone="+351911111111")


@dataclass
class Topic:
    """The last word on each customer; `fails` times the topic is away."""

    last: dict[str, Customer | None] = field(default_factory=dict)
    fails: int = 0

    async def changed(self, customer_id: str, customer: Customer, now: datetime) -> None:
        self._fail()
        self.last[customer_id] = customer

    async def erased(self, customer_id: str) -> None:
        self._fail()
        self.last[customer_id] = None

    def _fail(self) -> None:
        if self.fails:
            self.fails -= 1
            raise Unavailable("the topic is away")

    def details(self, customer_id: str) -> Details:
        customer = self.last[customer_id]
        assert customer is not None
        assert customer.merged_into is None
        return details_of(customer)

    def merged(self, customer_id: str) -> str | None:
        customer = self.last[customer_id]
        return None if customer is None else customer.merged_into


class Shop:
    """Customers, merges, and the topic that hears of them."""

    def __init__(self, people: People) -> None:
        self.people, self.topic, self.clock = people, Topic(), people.clock
        self.keep: KeepCustomers = replace(people.keep, changes=self.topic)
        self.merging = MergeCustomers(people.stores.merges, self.keep, people.clock, new_id)

    async def merge(self, source: str = "c-2", target: str = "c-1") -> str:
        merge, _ = await self.merging.merge(source, target, "key-1", None)
        return merge.id


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_sqlite_stores(tmp_path / "events.sqlite", Settings()) as stores:
        shop = Shop(People(stores))
        await shop.keep.put("c-1", ANA)
        await shop.keep.put("c-2", LIMA)
        yield shop


async def test_both_are_told_and_both_again_when_it_is_undone(shop: Shop) -> None:
    merge = await shop.merge()
    assert shop.topic.merged("c-2") == "c-1"
    assert shop.topic.details("c-1") == replace(ANA, phone=LIMA.phone)
    undone = await shop.merging.undo(merge)
    assert undone is not None
    assert undone.undone_at == shop.clock.now()
    assert shop.topic.details("c-1") == ANA
    assert shop.topic.details("c-2") == LIMA
    assert await shop.merging.undo("f" * 32) is None


async def test_what_a_crash_left_untold_is_told_by_the_same_request(shop: Shop) -> None:
    shop.topic.fails = 1
    with pytest.raises(Unavailable):
        await shop.merge()
    assert shop.topic.merged("c-2") is None
    first = (await shop.merging.merges.page(None, None, 9))[0]
    assert await shop.merge() == first.id
    assert shop.topic.merged("c-2") == "c-1"


async def test_what_a_crash_left_untold_is_told_by_the_next_round(shop: Shop) -> None:
    shop.topic.fails = 1
    with pytest.raises(Unavailable):
        await shop.merge()
    await shop.merging.catch_up()
    assert shop.topic.merged("c-2") == "c-1"
    merge = (await shop.merging.merges.page(None, None, 9))[0]
    shop.topic.fails = 1
    with pytest.raises(Unavailable):
        await shop.merging.undo(merge.id)
    assert shop.topic.merged("c-2") == "c-1"
    await shop.merging.catch_up()
    assert shop.topic.details("c-2") == LIMA
    assert await shop.merging.merges.untold(9) == []


async def test_what_is_no_customers_own_id_is_not_merged(shop: Shop) -> None:
    for source, target, place in (
        ("c-1", "c-1", "/into"),
        ("shop:7", "c-1", "/from"),
        ("c-1", "shop:shop:7", "/into"),
    ):
        with pytest.raises(Invalid) as error:
            await shop.merge(source, target)
        assert error.value.pointer == place
    assert await shop.merging.merges.page(None, None, 9) == []


async def test_nothing_is_put_on_the_id_that_was_given_up(shop: Shop) -> None:
    await shop.merge()
    await shop.merge("c-1", "c-3")
    with pytest.raises(Conflict, match="into c-3"):
        await shop.keep.put("c-2", Details(name="Who"))
    assert shop.topic.merged("c-2") == "c-1"


async def test_what_was_put_on_the_survivor_stays_theirs(shop: Shop) -> None:
    merge = await shop.merge()
    said = Details(name="Ana Lima", email="new@example.com", locale="pt-PT")
    await shop.keep.put("c-1", said)
    await shop.merging.undo(merge)
    assert shop.topic.details("c-1") == said
    assert shop.topic.details("c-2") == LIMA


@pytest.mark.parametrize("erased", ["c-1", "c-2", "c-3"])
async def test_erasing_one_erases_all_whom_they_stand_for(shop: Shop, erased: str) -> None:
    await shop.keep.put("c-4", Details(name="Zoe"))
    await shop.merge("c-2", "c-1")
    await shop.merge("c-1", "c-3")
    await shop.keep.erase(erased)
    assert [shop.topic.last[id] for id in ("c-1", "c-2", "c-3")] == [None, None, None]
    assert shop.topic.details("c-4").name == "Zoe"
    assert await shop.merging.merges.page(None, None, 9) == []
    await shop.keep.put("c-2", LIMA)
    assert shop.topic.details("c-2") == LIMA


async def test_an_erasure_that_was_cut_off_is_repeated_for_all(shop: Shop) -> None:
    await shop.merge()
    shop.topic.fails = 1
    with pytest.raises(Unavailable):
        await shop.keep.erase("c-1")
    await shop.keep.erase("c-1")
    assert (shop.topic.last["c-1"], shop.topic.last["c-2"]) == (None, None)


async def test_aliases_stay_with_the_id_that_was_given_up(shop: Shop) -> None:
    people = shop.people
    await people.link([Link("discourse:forum:lima", "c-2")], "staff")
    before = await people.holders("c-2")
    assert len(before) == 3  # With the hashes of address and number.
    merge = await shop.merge()
    assert await people.holders("c-2") == before
    assert await people.resolve("discourse:forum:lima") == {"discourse:forum:lima": "c-2"}
    # The shop says it of the survivor now, which is the same person.
    await shop.keep.put("c-1", replace(ANA, aliases=("shop:7", "discourse:forum:lima")))
    await shop.merging.undo(merge)
    assert await people.holders("c-2") == before


async def test_what_a_platform_says_of_one_who_was_merged_is_said_of_the_survivor(
    shop: Shop,
) -> None:
    await shop.people.link([Link("shopify:shop:2", "c-2")])
    merge = await shop.merge()
    introduce = IntroducePeople(shop.keep)
    await introduce([Person("shopify:shop:2", "c-2", locale="pt-PT")])
    assert shop.topic.details("c-1").locale == "pt-PT"
    assert shop.topic.merged("c-2") == "c-1"
    await shop.merging.undo(merge)
    assert shop.topic.details("c-1") == replace(ANA, locale="pt-PT")


async def test_what_is_said_of_both_at_once_is_all_said_of_the_survivor(shop: Shop) -> None:
    await shop.keep.put("c-1", replace(ANA, email=None))
    await shop.merge()
    mail = "ana.lima@example.com"
    await shop.keep.put("c-1", replace(ANA, email=None))
    await IntroducePeople(shop.keep)(
        [
            Person("shopify:shop:2", "c-2", email=mail, email_verified=True),
            Person("forum:x:ana", "c-1", locale="pt-PT"),
        ]
    )
    hashed = PSEUDONYMS.email(mail)
    assert await shop.people.resolve(hashed) == {hashed: "c-1"}
    assert shop.topic.details("c-1").locale == "pt-PT"


async def test_also_if_they_are_merged_in_that_moment(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = shop.people.stores.customers
    introduce = store.introduce

    async def introduce_after_a_merge(
        customer_id: str, person: Person, now: datetime
    ) -> Customer | None:
        monkeypatch.undo()
        await shop.merge()
        return await introduce(customer_id, person, now)

    monkeypatch.setattr(store, "introduce", introduce_after_a_merge)
    await IntroducePeople(shop.keep)([Person("shopify:shop:2", "c-2", locale="pt-PT")])
    assert shop.topic.details("c-1").locale == "pt-PT"
    assert shop.topic.merged("c-2") == "c-1"


async def test_details_are_dropped_after_thirty_days(shop: Shop) -> None:
    merge = await shop.merge()
    shop.clock.advance(UNDO_FOR)
    await shop.merging.catch_up()
    assert (await shop.merging.merges.get(merge)) is not None
    shop.clock.advance(timedelta(milliseconds=1))
    await shop.merging.catch_up()
    kept = await shop.merging.merges.get(merge)
    assert kept is not None
    assert kept.sides is None
    with pytest.raises(Conflict, match="30 days"):
        await shop.merging.undo(merge)
