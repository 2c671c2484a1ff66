"""However records of merges, cases and acts arrive, the same person has the same in the end."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifier.domain.decision import Decision
from services.notifier.domain.wish import stop
from services.notifier.ports.decisions import DecisionQuery
from services.notifier.ports.messages import MessageQuery
from services.notifier.storage.sqlite import MIGRATIONS
from shared.merging import survivor_of
from shared.messaging.ports import Record
from shared.storage.sqlite import open_database
from tests.services.notifier.builders import case_record, customer_record, make_occasion, scored
from tests.services.notifier.parts import Letterbox, Parts, open_parts

IDS = ("c-1", "c-2", "c-3", "c-4")
Told = tuple[str, Record]


@dataclass(slots=True)
class World:
    """What happened, told as events and the others tell it; the records of one list keep their
    order."""

    merged_into: dict[str, str] = field(default_factory=dict)
    cases: dict[str, str] = field(default_factory=dict)
    acts: dict[str, str] = field(default_factory=dict)
    records: dict[str, list[Told]] = field(default_factory=lambda: defaultdict(list))
    revision: int = 0

    def happen(self, what: str, one: str, other: str) -> None:
        match what:
            case "merge" if one != other and not {one, other} & self.merged_into.keys():
                self.merged_into[one] = other
                self._say(one, other)
            case "undo" if (into := self.merged_into.get(one)) and into not in self.merged_into:
                del self.merged_into[one]
                self._say(one, into)
            case "open":
                id = f"k-{len(self.records)}"
                self.cases[id] = one
                self.records[id].append(("cases", case_record(one, id, is_open=True)))
            case "close" if one in self.cases.values():
                id = next(id for id, customer in self.cases.items() if customer == one)
                del self.cases[id]
                self.records[id].append(("cases", case_record(one, id, is_open=False)))
            case "act":
                id = f"a-{len(self.records)}"
                self.acts[id] = one
                self.records[id].append(("scored", scored(make_occasion(id, one))))

    def introduce_all(self) -> None:
        for id in IDS:
            self._say(id)

    def _say(self, *ids: str) -> None:
        for id in ids:
            self.revision += 1
            into = self.merged_into.get(id)
            known: dict[str, Any] = {"revision": self.revision, "email": f"{id}@example.org"}
            if into is not None:
                known |= {"merged_into": into, "name": None, "email": None, "consents": ()}
            self.records[f"said-{self.revision}"].append(
                ("customers", customer_record(id, **known))
            )

    def survivor(self, id: str) -> str:
        return survivor_of(id, self.merged_into)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["merge", "merge", "undo", "open", "close", "act", "act"]),
        st.sampled_from(IDS),
        st.sampled_from(IDS),
    ),
    max_size=20,
)


@settings(max_examples=30, deadline=None)
@given(STEPS, st.randoms(use_true_random=False))
def test_the_order_of_records_changes_nothing(
    steps: Sequence[tuple[str, str, str]], random: Any
) -> None:
    world = World()
    world.introduce_all()
    for step in steps:
        world.happen(*step)
    records = shuffled(world.records, random)
    with TemporaryDirectory() as folder:
        asyncio.run(_deliver(Path(folder), world, records))


def shuffled(lists: Mapping[str, Sequence[Told]], random: Any) -> list[Told]:
    """All records in an order of chance, some of them twice, each list in its own order."""
    left = [list(records) for records in lists.values()]
    told: list[Told] = []
    while left := [one for one in left if one]:
        told.append(random.choice(left).pop(0))
        if told[-1][0] != "cases" and random.random() < 0.3:
            told.append(random.choice([one for one in told if one[0] != "cases"]))
    return told


async def _deliver(folder: Path, world: World, records: Sequence[Told]) -> None:
    async with open_parts(folder) as (parts, _):
        arrive: Mapping[str, Callable[..., Awaitable[Sequence[object]]]] = {
            "customers": parts.customers,
            "cases": parts.cases,
            "scored": parts.scored,
        }
        for topic, record in records:
            assert await arrive[topic](record) == []
            await parts.decide_again()
        await _compare(parts, world)


async def _compare(parts: Parts, world: World) -> None:
    stores = parts.stores
    survivors = {id: world.survivor(id) for id in IDS}
    assert await stores.customers.survivors(IDS) == survivors
    known = await stores.customers.customers(IDS)
    for id in IDS:
        survivor = survivors[id]
        cases = {case for case, who in world.cases.items() if survivors[who] == survivor}
        assert known[id].id == survivor
        assert known[id].open_cases == cases
        assert known[id].address("email") == f"{survivor}@example.org"
        decisions = await stores.decisions.page(DecisionQuery(100, customer=id))
        acts = {act for act, who in world.acts.items() if survivors[who] == survivor}
        assert sorted(d.occasion.ref.id for d in decisions) == sorted(acts)
        messages = await stores.messages.page(MessageQuery(100, id))
        thanked = [d.message_id for d in decisions if d.verdict == "thanked"]
        assert sorted(m.id for m in messages) == sorted(filter(None, thanked))
        assert not [d for d in decisions if d.verdict == "suppressed"]
        assert bool(cases) >= any(_is_held(d) for d in decisions)


def _is_held(decision: Decision) -> bool:
    return decision.verdict == "held"


@pytest.mark.parametrize("survivor_first", [False, True])
async def test_thanks_that_waited_for_the_others_case_go_once_they_part(
    tmp_path: Path, survivor_first: bool
) -> None:
    async with open_parts(tmp_path) as (parts, _):
        merged = customer_record("c-2", revision=2, merged_into="c-1", email=None, consents=())
        await parts.customers(customer_record("c-1"), merged)
        await parts.cases(case_record("c-2", is_open=True))
        await parts.scored(scored(make_occasion("1", "c-1")))
        await parts.decide_again()
        (decision,) = await parts.stores.decisions.page(DecisionQuery(9))
        assert _is_held(decision)
        apart = [customer_record("c-2", revision=3), customer_record("c-1", revision=2)]
        for record in reversed(apart) if survivor_first else apart:
            await parts.customers(record)
            await parts.decide_again()
        (decision,) = await parts.stores.decisions.page(DecisionQuery(9))
        assert decision.verdict == "thanked"


async def test_an_act_told_under_both_ids_is_thanked_for_once(tmp_path: Path) -> None:
    letterbox = Letterbox()
    async with open_parts(tmp_path, letterbox) as (parts, _):
        await parts.customers(
            customer_record("c-1"),
            customer_record("c-2", revision=2, merged_into="c-1", email=None, consents=()),
        )
        await parts.scored(scored(make_occasion("1", "c-1")), scored(make_occasion("1", "c-2")))
        await parts.scored(scored(make_occasion("1", "c-2")))
        await parts.send()
        (letter,) = letterbox.letters
        assert letter.to == "ada@example.org"
        assert len(await parts.stores.decisions.page(DecisionQuery(9, customer="c-1"))) == 1


async def test_what_waits_goes_to_the_survivor_with_their_consent(tmp_path: Path) -> None:
    letterbox = Letterbox()
    async with open_parts(tmp_path, letterbox) as (parts, _):
        await parts.customers(customer_record("c-1"), customer_record("c-2", email="l@example.org"))
        await parts.scored(scored(make_occasion("1", "c-2")), scored(make_occasion("2", "c-2")))
        merged = customer_record("c-2", revision=2, merged_into="c-1", email=None, consents=())
        await parts.customers(merged, customer_record("c-1", revision=2))
        await parts.send()
        assert {letter.to for letter in letterbox.letters} == {"ada@example.org"}
        await parts.scored(scored(make_occasion("3", "c-2")))
        await parts.prefer("c-1", stop(), "page")
        await parts.send()
        assert len(letterbox.letters) == 2


async def test_a_store_from_before_merges_learns_of_them(tmp_path: Path) -> None:
    async with open_database(tmp_path / "notifier.sqlite", MIGRATIONS[:1]) as database:
        await database.run(
            lambda connection: connection.execute(
                "INSERT INTO customers (key, revision) VALUES ('k', 1)"
            )
        )
    async with open_parts(tmp_path) as (parts, _):
        await parts.customers(customer_record("c-2", revision=2, merged_into="c-1"))
        assert await parts.stores.customers.survivors(["c-2"]) == {"c-2": "c-1"}
