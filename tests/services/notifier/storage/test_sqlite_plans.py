"""By what SQLite finds what the notifier asks for often: never by reading a whole table."""

import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from services.notifier.domain.customer import Standing
from services.notifier.domain.marks import Mark
from services.notifier.domain.suppression import address_digest
from services.notifier.ports.decisions import DecisionQuery, Position, UnthankedQuery
from services.notifier.ports.messages import Finish, MessageQuery, Retry
from services.notifier.ports.stores import Stores
from services.notifier.storage.sqlite import MIGRATIONS, sqlite_stores
from shared.storage.sqlite import Database, open_database
from tests.services.notifier.builders import DAY, TIME, make_occasion, make_plan, tell
from tests.services.notifier.storage.asking import KEY, begin, claim, known, planned
from tests.services.notifier.storage.merges_suite import LIMA, merged

AFTER = Position(TIME, "d-1")
_FINE = (
    r"SCAN (json_each VIRTUAL TABLE INDEX .*|CONSTANT ROW|family|one|\(subquery-\d+\)"
    r"|\w+ USING (COVERING )?INDEX (\w+_by_time|\w+_unannounced|\w+_with_text))"
)
"""What is read from one end until enough was found, or has nothing in it but what is asked for."""
Ask = Callable[[Stores], Awaitable[object]]


async def _send(stores: Stores) -> None:
    for token, outcome in (("t-1", "sent"), ("t-2", "failed")):
        claimed = await claim(stores, token, TIME + 1)
        await stores.messages.retry([Retry(claimed, TIME + 1, None)])
        again = await claim(stores, token, TIME + 1)
        assert await begin(stores, again)
        await stores.messages.finish([Finish(again, outcome, TIME, None)])  # type: ignore[arg-type]


async def _decide(stores: Stores) -> None:
    held = (await stores.decisions.held(["c-2"]))["c-2"]
    plan = make_plan(held=held, customer=await known(stores, "c-2"))
    assert plan.messages
    assert not await stores.decisions.carry_out([plan])


ASKED: dict[str, Ask] = {
    "customers": lambda s: s.customers.customers(["c-1", "c-2", "c-3"]),
    "erased": lambda s: s.customers.erased(["c-1"]),
    "survivors": lambda s: s.customers.survivors(["c-1"]),
    "put": lambda s: s.customers.put([tell(LIMA), merged("c-3", "c-2", 5)]),
    "mark": lambda s: s.customers.mark({"c-1": [Mark(kind="refund", key="1", opened=1)]}),
    "stand": lambda s: s.customers.stand({"c-1": Standing(time=1)}),
    "with_address": lambda s: s.customers.with_address(address_digest(KEY, "email", "a")),
    "erase": lambda s: s.customers.erase("c-1"),
    "known": lambda s: s.decisions.known(["d-1"]),
    "held": lambda s: s.decisions.held(["c-1", "c-3"]),
    "carry_out": _decide,
    "wake": lambda s: s.decisions.wake(["c-1"], TIME),
    "due": lambda s: s.decisions.due(TIME + DAY, 10),
    "unannounced": lambda s: s.decisions.unannounced(10),
    "page": lambda s: s.decisions.page(DecisionQuery(10, AFTER)),
    "page of a customer": lambda s: s.decisions.page(DecisionQuery(10, AFTER, "c-3")),
    "page of an act": lambda s: s.decisions.page(DecisionQuery(10, act_id="1")),
    "page of a verdict": lambda s: s.decisions.page(DecisionQuery(10, verdict="held")),
    "unthanked": lambda s: s.decisions.unthanked(UnthankedQuery(10, AFTER)),
    "unthanked_count": lambda s: s.decisions.unthanked_count(TIME, 10),
    "sending": _send,
    "channels": lambda s: s.messages.channels(),
    "undelivered": lambda s: s.messages.unannounced(10),
    "messages": lambda s: s.messages.page(MessageQuery(10, "c-3", AFTER, "email", unread=True)),
    "of_order": lambda s: s.messages.of_order("1001", "email", 10),
    "forget_texts": lambda s: s.messages.forget_texts(TIME),
    "suppressions": lambda s: s.suppressions.page(10, AFTER),
    "among": lambda s: s.suppressions.among(["a"]),
}


class TestPlans:
    @pytest.fixture
    async def database(self, tmp_path: Path) -> AsyncIterator[Database]:
        async with open_database(tmp_path / "notifier.sqlite", MIGRATIONS) as database:
            yield database

    @pytest.mark.parametrize("asked", ASKED)
    async def test_no_table_is_read_as_a_whole(self, database: Database, asked: str) -> None:
        stores = sqlite_stores(database, KEY)
        await stores.customers.put([merged("c-3", "c-2"), tell(LIMA)])
        await planned(stores, make_occasion("1"), make_occasion("held", "c-2"), able=False)
        await planned(stores, make_occasion("2"), make_occasion("3", "c-9"))
        statements: list[str] = []
        for run in (database.run, database.read):
            await run(lambda connection: connection.set_trace_callback(statements.append))
        await ASKED[asked](stores)
        for run in (database.run, database.read):
            await run(lambda connection: connection.set_trace_callback(None))
        mine = [
            one for one in statements if one.split()[0] in ("SELECT", "UPDATE", "DELETE", "WITH")
        ]
        assert mine

        def explain(connection: sqlite3.Connection) -> list[tuple[str, str]]:
            return [
                (statement, row[3])
                for statement in mine
                for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")
            ]

        found = [step for _, step in await database.run(explain) if step.startswith("SCAN ")]
        assert [step for step in found if not re.fullmatch(_FINE, step)] == []
