"""However records of merges, answers and complaints arrive, the same person has the same."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.feedback.domain.announcement import case_opened
from services.feedback.inbound.customers_topic import CustomersTopic
from services.feedback.ports import FeedbackStore
from services.feedback.storage.sqlite import MIGRATIONS, SqliteFeedbackStore
from shared.clock import ManualClock
from shared.contracts.customers import CUSTOMER, Customer
from shared.contracts.topics import CUSTOMERS
from shared.merging import survivor_of
from shared.messaging.ports import Record
from shared.storage.sqlite import open_database
from tests.services.feedback.builders import (
    NOW,
    make_batch,
    make_complaint,
    make_event,
    make_invitation,
)
from tests.services.feedback.storage.store_suite import ALL, keep

IDS = ("c-1", "c-2", "c-3", "c-4")
Step = tuple[str, str, str]

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["merge", "merge", "undo", "answer", "complain"]),
        st.sampled_from(IDS),
        st.sampled_from(IDS),
    ),
    max_size=20,
)


def merges(steps: Sequence[Step]) -> tuple[dict[str, str], list[Record]]:
    """Who stands merged in the end, and what events tells on the way."""
    merged_into: dict[str, str] = {}
    records: list[Record] = []

    def say(id: str) -> None:
        customer = Customer(revision=len(records) + 1, merged_into=merged_into.get(id))
        records.append(make_event(CUSTOMER, customer, id))

    for what, one, other in steps:
        if what == "merge" and one != other and not {one, other} & merged_into.keys():
            merged_into[one] = other
            say(one)
        elif what == "undo" and merged_into.get(one, one) not in {*merged_into, one}:
            del merged_into[one]
            say(one)
    return merged_into, records


@settings(max_examples=30, deadline=None)
@given(STEPS, st.randoms(use_true_random=False))
def test_the_order_of_records_changes_nothing(steps: Sequence[Step], random: Any) -> None:
    said = [(what, one, str(n)) for n, (what, one, _) in enumerate(steps)]
    merged_into, records = merges(steps)
    arriving: list[Any] = [*records, *random.sample(records, len(records) // 2)]
    arriving += [one for one in said if one[0] in ("answer", "complain")]
    random.shuffle(arriving)
    survivors = {id: survivor_of(id, merged_into) for id in IDS}
    with TemporaryDirectory() as folder:
        asyncio.run(_deliver(Path(folder), arriving, survivors))


async def _deliver(folder: Path, arriving: Sequence[Any], survivors: dict[str, str]) -> None:
    async with open_database(folder / "feedback.sqlite", MIGRATIONS) as database:
        store = SqliteFeedbackStore(database)
        topic = CustomersTopic(store, ManualClock(NOW))
        answered = {id: list[str]() for id in IDS}
        complained = {id: list[str]() for id in IDS}
        for one in arriving:
            match one:
                case Record():
                    assert await topic(make_batch(CUSTOMERS.name, [one])) == []
                case "answer", customer, id:
                    assert await keep(store, make_invitation(customer, f"m-{id}")) == "kept"
                    answered[survivors[customer]].append(f"m-{id}")
                case "complain", customer, id:
                    case = make_complaint(customer, id)
                    assert await store.open_case(case, case_opened(case))
                    complained[survivors[customer]].append(case.id)
        assert await store.survivors(IDS) == survivors
        for id in IDS:
            assert await _told(store, id) == (
                sorted(answered[survivors[id]]),
                sorted(complained[survivors[id]]),
            )


async def _told(store: FeedbackStore, customer: str) -> tuple[list[str], list[str]]:
    responses = await store.responses(customer, "order", ALL)
    cases = await store.cases(customer, True, ALL)
    return sorted(str(r.message_id) for r in responses), sorted(case.id for case in cases)


async def test_a_store_from_before_merges_learns_of_them(tmp_path: Path) -> None:
    async with open_database(tmp_path / "feedback.sqlite", MIGRATIONS[:1]) as database:
        await database.run(
            lambda connection: connection.execute(
                "INSERT INTO customers (hash, revision) VALUES ('h', 1)"
            )
        )
    async with open_database(tmp_path / "feedback.sqlite", MIGRATIONS) as database:
        store = SqliteFeedbackStore(database)
        record = make_event(CUSTOMER, Customer(revision=2, merged_into="c-1"), "c-2")
        await CustomersTopic(store, ManualClock(NOW))(make_batch(CUSTOMERS.name, [record]))
        assert await store.survivors(["c-2"]) == {"c-2": "c-1"}
