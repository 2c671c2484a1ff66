"""Whatever comes first, acts come out once and under the right customer."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from services.events.domain.identity import Link
from services.events.domain.waiting import RETENTION
from services.events.ports.stores import Stores
from services.events.storage.mongo.opening import open_mongo_stores
from services.events.storage.sqlite.opening import open_sqlite_stores
from shared.config import Settings
from shared.contracts.cloudevents import CloudEvent
from shared.errors import Invalid, Unavailable
from shared.storage.mongo import open_mongo
from tests.services.events.builders import make_event
from tests.services.events.use_cases.people import People

SHOP, FORUM = "shopify:shop:7", "discourse:forum:anna"


@pytest.fixture
async def people(tmp_path: Path) -> AsyncIterator[People]:
    async with open_sqlite_stores(tmp_path / "events.sqlite", Settings()) as stores:
        yield People(stores)


async def test_acts_of_known_aliases_go_to_their_customers_in_order(people: People) -> None:
    await people.link([Link(SHOP, "c-1"), Link(FORUM, "c-2")])
    subjects = [SHOP, "c-3", FORUM, SHOP]
    acts = [make_event(id=str(n), subject=subject) for n, subject in enumerate(subjects)]
    receipt = await people.take(acts)
    assert (receipt.accepted, receipt.waiting) == (4, 0)
    assert [act.subject for act in people.acts.published] == ["c-1", "c-3", "c-2", "c-1"]
    assert [act.id for act in people.acts.published] == ["0", "1", "2", "3"]


async def test_an_act_waits_for_its_alias_and_keeps_its_time(people: People) -> None:
    receipt = await people.take([make_event(subject=SHOP), make_event(id="2", time=None)])
    assert (receipt.accepted, receipt.waiting) == (2, 1)
    assert [act.id for act in people.acts.published] == ["2"]
    people.clock.advance(timedelta(days=30))
    assert await people.link([Link(SHOP, "c-1")]) == []
    assert people.acts.published[1:] == [make_event(subject="c-1")]
    assert await people.stores.unclaimed.count() == 0


async def test_customers_cost_no_look_at_the_store(tmp_path: Path) -> None:
    async with open_sqlite_stores(tmp_path / "closed.sqlite", Settings()) as stores:
        people = People(stores)
    with pytest.raises(RuntimeError):
        await people.identify([make_event(subject=SHOP)])
    assert await people.identify([make_event()]) == ([make_event()], 0)


async def test_a_full_room_refuses_before_anything_is_published(tmp_path: Path) -> None:
    few = Settings(unclaimed_capacity=1)
    async with open_sqlite_stores(tmp_path / "few.sqlite", few) as stores:
        people = People(stores)
        acts = [
            make_event(id=str(n), subject=subject) for n, subject in enumerate(["c-1", SHOP, FORUM])
        ]
        with pytest.raises(Unavailable):
            await people.take(acts)
        assert people.acts.published == []


async def test_a_link_that_is_refused_is_returned(people: People) -> None:
    await people.link([Link(SHOP, "c-1")])
    await people.take([make_event(subject=FORUM)])
    assert await people.link([Link(SHOP, "c-2"), Link(FORUM, "c-2")]) == [Link(SHOP, "c-2")]
    assert people.acts.said == {("/shop", "1", "c-2")}
    assert await people.link([Link(SHOP, "c-2")], "staff", move=True) == []
    await people.take([make_event(id="2", subject=SHOP)])
    assert ("/shop", "2", "c-2") in people.acts.said


@pytest.mark.parametrize(
    ("link", "pointer"),
    [
        (Link("c-1", "c-2"), "/0/alias"),
        (Link("email:ana", "c-1"), "/0/alias"),
        (Link("a:", "c-1"), "/0/alias"),
        (Link("a:1\n", "c-1"), "/0/alias"),
        (Link("a:1", ""), "/0/target"),
        (Link("a:1", "ana@example.com"), "/0/target"),
        (Link("a:1", "phone:+351912345678"), "/0/target"),
    ],
)
async def test_links_that_are_none_are_refused(people: People, link: Link, pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        await people.link([link])
    assert refused.value.pointer == pointer


async def test_a_crash_between_link_and_claim_loses_nothing(people: People) -> None:
    await people.take([make_event(id=str(n), subject=SHOP) for n in range(3)])
    people.acts.fails = 1
    with pytest.raises(Unavailable):
        await people.link([Link(SHOP, "c-1")])
    assert people.acts.said == set()
    assert await people.round() is True
    assert people.acts.said == {("/shop", str(n), "c-1") for n in range(3)}
    assert people.waiting[-1] == 0


async def test_a_link_that_is_made_while_an_act_is_being_kept_claims_it(people: People) -> None:
    keep = people.stores.unclaimed.keep

    async def linked_first(acts: Sequence[CloudEvent], now: datetime) -> None:
        await people.link([Link(SHOP, "c-1")])
        await keep(acts, now)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(people.stores.unclaimed, "keep", linked_first)
        receipt = await people.take([make_event(subject=SHOP), make_event(id="2", subject=FORUM)])
    assert (receipt.accepted, receipt.waiting) == (2, 1)
    assert people.acts.said == {("/shop", "1", "c-1")}
    assert await people.stores.unclaimed.count() == 1


async def test_a_copy_that_a_crash_left_under_a_known_alias_is_cleared_away(
    people: People,
) -> None:
    await people.link([Link(SHOP, "c-1")])
    await people.stores.unclaimed.keep([make_event(subject=SHOP)], people.clock.now())
    await people.take([make_event(subject=SHOP)])
    await people.round()
    assert people.acts.said == {("/shop", "1", "c-1")}
    assert await people.stores.unclaimed.count() == 0


async def test_rounds_leave_alone_what_nobody_is_known_by_until_it_is_too_old(
    people: People,
) -> None:
    await people.take([make_event(subject=SHOP)])
    people.clock.advance(RETENTION)
    assert await people.round() is True
    assert await people.round() is False
    assert people.waiting[-1] == 1
    people.clock.advance(timedelta(seconds=1))
    await people.round()
    assert people.waiting[-1] == 0
    assert people.acts.said == set()


ALIASES = ["a:1", "a:2", "a:3", "a:4", "b:1", "b:2"]
LINKS = [
    Link("a:1", "a:2"),
    Link("a:2", "a:3"),
    Link("a:3", "c-1"),
    Link("a:4", "a:2"),
    Link("b:1", "c-2"),
    Link("b:2", "b:1"),
]
HOLDERS = {alias: "c-1" if alias.startswith("a") else "c-2" for alias in ALIASES}

Step = Link | tuple[str, int] | None
STEPS = st.lists(
    st.sampled_from(LINKS)
    | st.tuples(st.sampled_from([*ALIASES, "c-1"]), st.integers(1, 3))
    | st.none(),
    max_size=25,
)


@given(st.lists(STEPS, min_size=1, max_size=3), st.integers(0, 4))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_acts_and_links_in_any_order_come_to_the_same(
    hands: Sequence[Sequence[Step]], failures: int
) -> None:
    """Some hands work side by side and repeat what fails; all links are made in the end."""
    asyncio.run(_check(hands, failures))


async def _check(hands: Sequence[Sequence[Step]], failures: int) -> None:
    with TemporaryDirectory() as folder:
        async with open_sqlite_stores(Path(folder) / "events.sqlite", Settings()) as stores:
            await check(stores, hands, failures)


@pytest.mark.live
async def test_the_same_on_a_database_of_its_own(mongodb_url: str) -> None:
    chance = Random(7)
    steps: list[Step] = [*LINKS, None, *((alias, n) for alias in ALIASES for n in range(1, 4))]
    for _ in range(5):
        name = f"test_{uuid4().hex[:12]}"
        async with open_mongo_stores(name, Settings(mongodb_url=SecretStr(mongodb_url))) as stores:
            hands = [chance.sample(steps, len(steps)) for _ in range(4)]
            await check(stores, hands, failures=3)
        async with open_mongo(mongodb_url, name) as database:
            await database.client.drop_database(name)


async def check(stores: Stores, hands: Sequence[Sequence[Step]], failures: int) -> None:
    """Let the hands work; then everything that was told has come out, once under its customer."""
    people = People(stores)
    people.acts.fails = failures
    await asyncio.gather(*(_work(People(stores, people.acts), steps) for steps in hands))
    await _work(people, LINKS)
    acts = {step for steps in hands for step in steps if isinstance(step, tuple)}
    assert people.acts.said == {
        ("/shop", f"{alias}-{number}", HOLDERS.get(alias, alias)) for alias, number in acts
    }
    while await people.round():
        pass
    assert await stores.unclaimed.count() == 0


async def _work(people: People, steps: Sequence[Step]) -> None:
    for step in steps:
        while True:
            try:
                await _do(people, step)
                break
            except Unavailable:
                continue


async def _do(people: People, step: Step) -> None:
    if step is None:
        await people.round()
    elif isinstance(step, Link):
        assert await people.link([step]) == []
    else:
        alias, number = step
        await people.take([make_event(id=f"{alias}-{number}", subject=alias)])
