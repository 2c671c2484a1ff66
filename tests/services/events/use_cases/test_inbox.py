"""What was answered is carried out: after a crash, by two at once, in order, and never lost."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from services.events.domain.arrival import Arrived
from services.events.ports.inbox import LEASE
from services.events.storage.sqlite.opening import open_sqlite_stores
from services.events.use_cases import inbox
from services.events.use_cases.carrying_out import CarryOut, Told
from services.events.use_cases.inbox import AnswersFirst, EmptyInbox
from services.events.use_cases.introductions import IntroducePeople
from services.events.use_cases.webhooks import ArrivalIds, ReceiveDeliveries
from shared.clock import ManualClock
from shared.config import Settings
from shared.errors import Unavailable
from shared.named_secrets import NamedSecrets
from shared.webhooks.delivery import Delivery
from tests.services.events.builders import NOW
from tests.services.events.connectors.shopify_shop import make_order, sign, tell
from tests.services.events.connectors.suite import Told as Sent
from tests.services.events.connectors.suite import make_connector
from tests.services.events.inbound.running import Running, open_running
from tests.services.events.inbound.test_webhooks import as_admin, make_programme, quarantined

SECRET = "shop-secret"
LEASE_AND_A_SECOND = LEASE + timedelta(seconds=1)
PERSON = "/v1/customers/shopify-shop-207119551"
REDACT = tell("customers/redact", {"customer": {"id": 207119551}, "orders_to_redact": []})


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with open_shop(tmp_path) as opened:
        yield opened


def open_shop(folder: Path) -> AbstractAsyncContextManager[Running]:
    NamedSecrets(folder / "data" / "webhook-secrets.json").add("shop", SECRET)
    programme = folder / "programme"
    if not programme.exists():
        make_programme(programme, shop="connector: shopify\n")
    return open_running(folder / "data", programme_dir=programme)


def order(number: int) -> Sent:
    return tell("orders/paid", make_order(id=number, admin_graphql_api_id=None))


async def receive(receiving: ReceiveDeliveries, *told: Sent) -> None:
    """One after another."""
    for one in told:
        delivery: Delivery = sign(one, SECRET, NOW)
        await receiving("shop", delivery.headers, delivery.body)


async def test_what_a_killed_process_has_answered_is_carried_out_by_the_next(
    tmp_path: Path,
) -> None:
    """Once before anything was taken, and once in the middle of carrying out."""
    secrets = NamedSecrets(tmp_path / "data" / "webhook-secrets.json")
    secrets.add("shop", SECRET)
    connectors = {"shop": make_connector("shopify", "shop")}
    path = tmp_path / "data" / "events.sqlite"
    async with open_sqlite_stores(path, Settings()) as stores:
        receiving = ReceiveDeliveries(
            connectors, secrets, stores.inbox, ManualClock(NOW), _nothing, _nothing
        )
        await receive(receiving, order(1), order(2))
        (taken,) = await stores.inbox.take("a replica that dies", 1, NOW)
        assert b'"id": 1' in taken.body
    async with open_shop(tmp_path) as running:
        await running.carried_out()
        assert [act.id for act in await running.acts(1)] == ["order-2"]
        clock = running.infrastructure.clock
        assert isinstance(clock, ManualClock)
        clock.advance(LEASE_AND_A_SECOND)
        await running.carried_out()
        assert {act.id for act in await running.acts(2)} == {"order-1", "order-2"}
        assert await running.events.empty_inbox.inbox.count() == 0


async def test_two_processes_carry_out_each_delivery_once(running: Running) -> None:
    mine = running.events.empty_inbox
    other = replace(mine, owner="other")
    orders = [order(number) for number in range(1, 41)]
    await asyncio.gather(*(receive(running.events.receive, one) for one in orders))

    async def empty(inbox: EmptyInbox) -> None:
        while await inbox():
            pass

    await asyncio.gather(empty(mine), empty(other))
    acts = await running.acts(40)
    assert sorted(act.id for act in acts) == sorted(f"order-{n}" for n in range(1, 41))


async def test_carried_out_twice_it_says_the_same(running: Running) -> None:
    arrived = arrive(order(1))
    await running.events.empty_inbox.deliveries([arrived])
    before = (await as_admin(running, "GET", PERSON)).json()
    await running.events.empty_inbox.deliveries([arrived, arrived])
    assert {(act.source, act.id) for act in await running.acts(3)} == {
        ("/webhooks/shop", "order-1")
    }
    assert (await as_admin(running, "GET", PERSON)).json() == before


@pytest.mark.parametrize("erased_last", [True, False])
async def test_deliveries_are_carried_out_in_the_order_of_arrival(
    running: Running, erased_last: bool
) -> None:
    told = [order(1), REDACT] if erased_last else [REDACT, order(1)]
    await receive(running.events.receive, order(2), *told)
    await running.carried_out()
    person = await as_admin(running, "GET", PERSON)
    assert person.status_code == (404 if erased_last else 200)


async def test_what_could_not_be_carried_out_yet_comes_before_what_came_after_it(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise Unavailable("away")

    with monkeypatch.context() as patched:
        patched.setattr(IntroducePeople, "__call__", away)
        await receive(running.events.receive, order(1))
        with pytest.raises(Unavailable):
            await running.carried_out()
        await receive(running.events.receive, REDACT)
        assert await running.events.empty_inbox.inbox.count() == 2
    await running.carried_out()
    assert (await as_admin(running, "GET", PERSON)).status_code == 404
    assert len(await running.acts(1)) == 1


async def test_a_faulty_delivery_harms_no_other(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that can't be read, one that a fault of ours breaks, one of a source that is gone."""
    real = CarryOut._do_all

    async def picky(self: CarryOut, group: Sequence[Told]) -> None:
        if any(act.id == "order-2" for one in group for act in one.reading.acts):
            raise KeyError("a fault of ours")
        await real(self, group)

    monkeypatch.setattr(CarryOut, "_do_all", picky)
    gone = replace(arrive(order(4)), source="gone")
    told = [arrive(order(1)), arrive(order(2)), arrive(Sent(b"{", order(1).headers)), gone]
    await running.events.empty_inbox.deliveries([*told, arrive(order(3))])
    assert {act.id for act in await running.acts(2)} == {"order-1", "order-3"}
    assert {(one["event"]["source"], one["reason"]) for one in await quarantined(running)} == {
        ("/webhooks/shop", "not well-formed JSON"),
        ("/webhooks/shop", "it could not be carried out: KeyError"),
        ("/webhooks/gone", "no source of the programme has this name"),
    }


async def test_the_waiting_are_counted_with_their_age(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(*_: object) -> None:
        raise Unavailable("away")

    with monkeypatch.context() as patched:
        patched.setattr(IntroducePeople, "__call__", busy)
        await receive(running.events.receive, order(1))
        clock = running.infrastructure.clock
        assert isinstance(clock, ManualClock)
        clock.advance(LEASE_AND_A_SECOND)
        with pytest.raises(Unavailable):
            await running.carried_out()
        text = (await running.client.get("/metrics")).text
        assert "requite_inbox_deliveries 1.0" in text
        assert "requite_inbox_age_seconds 61.0" in text
    await running.carried_out()
    text = (await running.client.get("/metrics")).text
    assert "requite_inbox_deliveries 0.0" in text
    assert "requite_inbox_age_seconds 0.0" in text


@pytest.mark.parametrize("never", ["QUIET_SECONDS", "PATIENCE_SECONDS"])
async def test_a_burst_is_answered_first_but_not_for_ever(
    running: Running, monkeypatch: pytest.MonkeyPatch, never: str
) -> None:
    """What comes in keeps it waiting until it is quiet, or until its patience is at an end."""
    for name in ("QUIET_SECONDS", "PATIENCE_SECONDS"):
        monkeypatch.setattr(inbox, name, 3600.0 if name == never else 0.05)
    answers_first = AnswersFirst(running.events.empty_inbox, _nothing)
    loop = asyncio.get_running_loop()
    answers_first.came()
    begun = loop.time()
    assert not await answers_first()
    assert 0.05 <= loop.time() - begun < 3600


def test_ids_are_in_the_order_of_arrival() -> None:
    ids = ArrivalIds()
    made = [ids(milliseconds) for milliseconds in (1, 1, 1, 2, 16**11)]
    assert made == sorted(set(made))
    assert {len(one) for one in made} == {32}


def arrive(told: Sent) -> Arrived:
    return Arrived("0" * 32, "shop", told.headers, told.body, NOW)


def _nothing(*_: object) -> None:
    pass
