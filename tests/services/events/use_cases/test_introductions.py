"""Accounts on platforms become customers, once each."""

from asyncio import gather
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.events.domain.customer import Details
from services.events.domain.identity import Link, Person
from services.events.storage.sqlite.opening import open_sqlite_stores
from shared.config import Settings
from shared.contracts.customers import Consent
from shared.errors import Invalid, Unavailable
from tests.services.events.builders import make_event
from tests.services.events.use_cases.people import PSEUDONYMS, People

MAIL = "ana@example.com"
ANA = Person("shopify:shop:7", "shop-7", name="Ana", email=MAIL, email_verified=True)
HASH = PSEUDONYMS.email(MAIL)


@pytest.fixture
async def people(tmp_path: Path) -> AsyncIterator[People]:
    async with open_sqlite_stores(tmp_path / "events.sqlite", Settings()) as stores:
        yield People(stores)


async def test_nobody_known_becomes_a_customer_who_is_told_once(people: People) -> None:
    for _ in range(3):
        await people.introduce([ANA])
    assert people.changes.told == ["Ana"]
    assert await people.holders("shop-7") == {(ANA.alias, "connector"), (HASH, "contact")}


async def test_two_replicas_make_one_customer(people: People) -> None:
    await gather(*(people.introduce([ANA]) for _ in range(5)))
    assert await people.resolve(ANA.alias, HASH) == {ANA.alias: "shop-7", HASH: "shop-7"}
    assert set(people.changes.told) == {"Ana"}


async def test_a_verified_address_finds_the_customer(people: People) -> None:
    await people.keep.put("c-1", Details(email="ANA@example.com"))
    await people.introduce([ANA])
    assert await people.resolve(ANA.alias) == {ANA.alias: "c-1"}
    assert await people.stores.customers.get_customer("shop-7") is None


async def test_an_address_that_anybody_could_have_typed_finds_and_claims_nothing(
    people: People,
) -> None:
    await people.keep.put("c-1", Details(email=MAIL))
    stranger = replace(ANA, email_verified=False)
    await people.introduce([stranger])
    assert await people.resolve(ANA.alias, HASH) == {ANA.alias: "shop-7", HASH: "c-1"}
    await people.keep.put("c-1", Details())
    await people.introduce([replace(stranger, name="Another")])
    assert await people.resolve(HASH) == {}


async def test_a_changed_address_takes_its_hash_along(people: People) -> None:
    await people.introduce([ANA])
    await people.introduce([replace(ANA, email="ana@example.org")])
    assert await people.resolve(HASH, PSEUDONYMS.email("ana@example.org")) == {
        PSEUDONYMS.email("ana@example.org"): "shop-7"
    }


async def test_the_shop_s_word_wins(people: People) -> None:
    await people.link([Link(ANA.alias, "c-1")])
    await people.keep.put("c-1", Details(name="Ana Lima", locale="pt"))
    await people.introduce([replace(ANA, locale="en", phone="+351912345678")])
    known = await people.stores.customers.get_customer("c-1")
    assert known is not None
    assert (known.name, known.locale, known.email) == ("Ana Lima", "pt", MAIL)
    assert known.phone == "+351912345678"


async def test_what_is_none_changes_nothing_and_rubbish_is_left_out(people: People) -> None:
    await people.introduce([ANA])
    await people.introduce([Person(ANA.alias, "x", email="no address\nBcc: x", phone="0912")])
    known = await people.stores.customers.get_customer("shop-7")
    assert known is not None
    assert (known.name, known.email, known.phone) == ("Ana", MAIL, None)
    assert people.changes.told == ["Ana"]


async def test_consents_are_added_where_they_change_something(people: People) -> None:
    yes = Consent(purpose="thanks", channel="email", state="granted", time="2026-01-01T00:00:00Z")
    no = Consent(purpose="thanks", channel="email", state="withdrawn", time="2026-02-01T00:00:00Z")
    again = Consent(purpose="thanks", channel="email", state="granted", time="2026-01-02T00:00:00Z")
    for one in (yes, no, again, no):
        await people.introduce([replace(ANA, consents=(one,))])
    known = await people.stores.customers.get_customer("shop-7")
    assert known is not None
    assert known.consents == (yes, no)


async def test_acts_that_waited_are_claimed(people: People) -> None:
    await people.take([make_event(id="1", subject=ANA.alias), make_event(id="2", subject=HASH)])
    await people.introduce([ANA])
    assert people.acts.said == {("/shop", "1", "shop-7"), ("/shop", "2", "shop-7")}


async def test_a_crash_before_the_customer_is_told_is_mended_by_saying_it_again(
    people: People,
) -> None:
    await people.take([make_event(subject=ANA.alias)])
    people.changes.fails = 1
    with pytest.raises(Unavailable):
        await people.introduce([ANA])
    await people.introduce([ANA])
    assert people.changes.told == ["Ana"]
    assert people.acts.said == {("/shop", "1", "shop-7")}


async def test_an_introduction_overtaken_by_an_erasure_brings_nobody_back(people: People) -> None:
    people.changes.meanwhile = lambda: people.keep.erase("shop-7")
    await people.introduce([ANA])
    assert people.changes.told[-1] is None
    assert await people.resolve(HASH) == {}


@pytest.mark.parametrize(
    ("person", "pointer"),
    [
        (Person("7", "c-1"), "/0/alias"),
        (Person("shopify:ana@example.com", "c-1"), "/0/alias"),
        (Person("shopify:shop:7", "shopify:7"), "/0/customer_id"),
    ],
)
async def test_ids_that_are_none_are_refused(people: People, person: Person, pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        await people.introduce([person])
    assert refused.value.pointer == pointer
