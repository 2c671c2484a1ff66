"""Deliveries that are done together share trips, and nobody's fault is another's."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from services.events.connectors.port import Reading
from services.events.domain.identity import Link, Person
from services.events.use_cases.carrying_out import CarryOut, Told
from services.events.use_cases.introductions import IntroducePeople
from shared.errors import Conflict, Invalid
from tests.services.events.builders import make_event
from tests.services.events.inbound.running import Running, open_running
from tests.services.events.inbound.test_webhooks import quarantined


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with open_running(tmp_path) as opened:
        yield opened


@pytest.fixture
def carry_out(running: Running) -> CarryOut:
    return running.events.empty_inbox.deliveries.carry_out


def make_reading(number: int, *, customer: int = 1, kind: str = "purchase") -> Reading:
    person = Person(f"shopify:shop:{customer}", f"shopify-shop-{customer}", name="Ana")
    data = {"order_id": str(number), "total": "1.00", "currency": "EUR"}
    act = make_event(kind, data, id=f"order-{number}", subject=person.alias)
    return Reading((person,), (Link(f"order:shop:{number}", person.alias),), (act,))


async def do(carry_out: CarryOut, *readings: Reading) -> Sequence[Told]:
    told = [Told("shop", reading) for reading in readings]
    await carry_out(told)
    return told


async def test_an_act_that_is_refused_is_kept_by_itself(
    running: Running, carry_out: CarryOut
) -> None:
    readings = [make_reading(number, customer=number % 3) for number in range(40)]
    bad = make_event("purchase", {"order_id": "x"}, id="bad", subject="shopify:shop:1")
    readings[7] = Reading(acts=(*readings[7].acts, bad), people=readings[7].people)
    told = await do(carry_out, *readings)
    assert not any(one.fault for one in told)
    assert [one["event_id"] for one in await quarantined(running)] == ["bad"]
    acts = await running.acts(40)
    assert {act.id: act.subject for act in acts} == {
        f"order-{number}": f"shopify-shop-{number % 3}" for number in range(40)
    }


async def test_the_fault_of_one_is_not_the_others(running: Running, carry_out: CarryOut) -> None:
    long = Link("order:shop:" + "9" * 300, "shopify:shop:1")
    readings = [make_reading(number) for number in range(9)]
    readings[4] = Reading(links=(long,), acts=readings[4].acts)
    told = await do(carry_out, *readings)
    assert [isinstance(one.fault, Invalid) for one in told] == [n == 4 for n in range(9)]
    assert len(await running.acts(8)) == 8


@pytest.mark.parametrize("fault", [Invalid("not this one"), Conflict("moved on"), KeyError("bug")])
async def test_a_fault_that_shows_late_is_not_the_others_either(
    running: Running, carry_out: CarryOut, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    real = IntroducePeople.__call__

    async def picky(self: IntroducePeople, people: list[Person]) -> None:
        if any(person.alias == "shopify:shop:4" for person in people):
            raise fault
        await real(self, people)

    monkeypatch.setattr(IntroducePeople, "__call__", picky)
    told = await do(carry_out, *(make_reading(number, customer=number) for number in range(9)))
    assert [one.fault for one in told] == [fault if n == 4 else None for n in range(9)]
    assert len({act.id for act in await running.acts(8)}) == 8


async def test_who_was_erased_is_introduced_again(carry_out: CarryOut) -> None:
    await do(carry_out, make_reading(1))
    assert await carry_out.customers.erase_alias("shopify:shop:1") == "shopify-shop-1"
    await do(carry_out, make_reading(2))
    known = await carry_out.customers.store.get_customer("shopify-shop-1")
    assert known is not None
    assert known.name == "Ana"


@pytest.mark.parametrize("erased_last", [True, False])
async def test_an_erasure_keeps_its_place(carry_out: CarryOut, erased_last: bool) -> None:
    redact = Reading(erase=("shopify:shop:1",))
    between = [redact, make_reading(2)]
    if erased_last:
        between.reverse()
    await do(carry_out, make_reading(1), *between)
    known = await carry_out.customers.store.get_customer("shopify-shop-1")
    assert (known is None) == erased_last


async def test_the_last_word_stands(carry_out: CarryOut) -> None:
    ana = make_reading(1).people[0]
    words = [Reading(people=(replace(ana, name=name),)) for name in ("Ana", "Anna", "Ana")]
    await do(carry_out, words[0])
    await do(carry_out, *words)
    known = await carry_out.customers.store.get_customer("shopify-shop-1")
    assert known is not None
    assert known.name == "Ana"


async def test_who_says_the_same_again_costs_no_introduction(
    carry_out: CarryOut, monkeypatch: pytest.MonkeyPatch
) -> None:
    await do(carry_out, make_reading(1))
    before = await carry_out.customers.store.get_customer("shopify-shop-1")

    async def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(IntroducePeople, "__call__", never)
    (told,) = await do(carry_out, make_reading(2))
    assert told.fault is None
    assert await carry_out.customers.store.get_customer("shopify-shop-1") == before
