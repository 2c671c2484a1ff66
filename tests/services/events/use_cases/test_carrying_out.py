"""Deliveries that come in together share trips, and nobody's fault is another's."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.events.connectors.port import Reading
from services.events.domain.identity import Link, Person
from services.events.use_cases.carrying_out import CarryOut
from services.events.use_cases.introductions import IntroducePeople
from shared.errors import Invalid
from tests.services.events.builders import make_event
from tests.services.events.inbound.running import Running, open_running


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with open_running(tmp_path) as opened:
        yield opened


@pytest.fixture
def carry_out(running: Running) -> CarryOut:
    found = running.client._transport.app.state.events.receive.carry_out  # type: ignore[attr-defined]
    assert isinstance(found, CarryOut)
    return found


def make_reading(number: int, *, customer: int = 1, kind: str = "purchase") -> Reading:
    person = Person(f"shopify:shop:{customer}", f"shopify-shop-{customer}", name="Ana")
    data = {"order_id": str(number), "total": "1.00", "currency": "EUR"}
    act = make_event(kind, data, id=f"order-{number}", subject=person.alias)
    return Reading((person,), (Link(f"order:shop:{number}", person.alias),), (act,))


async def test_each_delivery_is_told_of_its_own_acts(running: Running, carry_out: CarryOut) -> None:
    readings = [make_reading(number, customer=number % 3) for number in range(40)]
    bad = make_event("purchase", {"order_id": "x"}, id="bad", subject="shopify:shop:1")
    readings[7] = Reading(acts=(*readings[7].acts, bad), people=readings[7].people)
    told = await asyncio.gather(*(carry_out("shop", reading) for reading in readings))
    assert told == [int(number == 7) for number in range(40)]
    acts = await running.acts(40)
    assert {act.id: act.subject for act in acts} == {
        f"order-{number}": f"shopify-shop-{number % 3}" for number in range(40)
    }


async def test_the_fault_of_one_is_not_the_others(running: Running, carry_out: CarryOut) -> None:
    long = Link("order:shop:" + "9" * 300, "shopify:shop:1")
    readings = [make_reading(number) for number in range(9)]
    readings[4] = Reading(links=(long,), acts=readings[4].acts)
    told = await asyncio.gather(
        *(carry_out("shop", reading) for reading in readings), return_exceptions=True
    )
    assert [isinstance(one, Invalid) for one in told] == [number == 4 for number in range(9)]
    assert len(await running.acts(8)) == 8


async def test_a_fault_that_shows_late_is_not_the_others_either(
    running: Running, carry_out: CarryOut, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = IntroducePeople.__call__

    async def picky(self: IntroducePeople, people: list[Person]) -> None:
        if any(person.alias == "shopify:shop:4" for person in people):
            raise Invalid("not this one")
        await real(self, people)

    monkeypatch.setattr(IntroducePeople, "__call__", picky)
    readings = [make_reading(number, customer=number) for number in range(9)]
    told = await asyncio.gather(
        *(carry_out("shop", reading) for reading in readings), return_exceptions=True
    )
    assert [isinstance(one, Invalid) for one in told] == [number == 4 for number in range(9)]
    assert len(await running.acts(8)) == 8


async def test_who_was_erased_is_introduced_again(running: Running, carry_out: CarryOut) -> None:
    await carry_out("shop", make_reading(1))
    assert await carry_out.customers.erase_alias("shopify:shop:1") == "shopify-shop-1"
    await carry_out("shop", make_reading(2))
    known = await carry_out.customers.store.get_customer("shopify-shop-1")
    assert known is not None
    assert known.name == "Ana"


async def test_who_says_the_same_again_costs_no_introduction(
    carry_out: CarryOut, monkeypatch: pytest.MonkeyPatch
) -> None:
    await carry_out("shop", make_reading(1))
    before = await carry_out.customers.store.get_customer("shopify-shop-1")

    async def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(IntroducePeople, "__call__", never)
    await carry_out("shop", make_reading(2))
    assert await carry_out.customers.store.get_customer("shopify-shop-1") == before
