"""Decisions in SQLite."""

import sqlite3
from collections.abc import Collection, Mapping, Sequence

from services.notifier.domain.decision import NOT_OWED, Decision
from services.notifier.domain.planning import Plan
from services.notifier.ports.decisions import DecisionQuery, Position, UnthankedQuery
from services.notifier.storage.fields import customer_key
from services.notifier.storage.sqlite import plans, rows
from shared.storage.sqlite import Database

_HELD_EACH = 200


class SqliteDecisions:
    """Table decisions, and what plans write besides."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def known(self, ids: Collection[str]) -> Mapping[str, Decision]:
        found = await self._select(f"id {rows.IN_LIST}", rows.json_list(ids))
        return {decision.id: decision for decision in found}

    async def held(self, customers: Sequence[str]) -> Mapping[str, Sequence[Decision]]:
        def read(connection: sqlite3.Connection) -> dict[str, Sequence[Decision]]:
            families = rows.families(connection, customers)
            return {id: _held(connection, family.ids) for id, family in families.items()}

        return await self._database.read(read)

    async def carry_out(self, given: Sequence[Plan]) -> Collection[str]:
        return await self._database.run(lambda connection: plans.carry_out(connection, given))

    async def wake(self, customers: Sequence[str], now: int) -> None:
        def transact(connection: sqlite3.Connection) -> None:
            keys = rows.json_list(map(customer_key, customers))
            before = connection.execute(
                "SELECT was_merged_into FROM customers"
                f" WHERE key {rows.IN_LIST} AND was_merged_into IS NOT NULL",
                (keys,),
            )
            families = rows.families(connection, [*customers, *(one for (one,) in before)])
            woken = {id for family in families.values() for id in family.ids}
            connection.execute(
                "UPDATE decisions SET due = min(ifnull(due, ?1), ?1), revision = revision + 1"
                " WHERE verdict = 'held' AND customer IN (SELECT value FROM json_each(?2))",
                (now, rows.json_list(woken)),
            )

        await self._database.run(transact)

    async def due(self, now: int, most: int) -> Sequence[str]:
        def read(connection: sqlite3.Connection) -> list[str]:
            found = connection.execute(
                "SELECT customer FROM decisions WHERE due <= ? ORDER BY due LIMIT ?", (now, most)
            )
            return list(dict.fromkeys(customer for (customer,) in found))

        return await self._database.read(read)

    async def unannounced(self, most: int) -> Sequence[Decision]:
        return await self._select("announced = 0 LIMIT ?", most)

    async def announced(self, decisions: Sequence[Decision]) -> None:
        await self._database.run(
            lambda connection: connection.executemany(
                "UPDATE decisions SET announced = 1 WHERE id = ? AND revision = ?",
                [(decision.id, decision.revision) for decision in decisions],
            )
        )

    async def page(self, query: DecisionQuery) -> Sequence[Decision]:
        conditions = ["TRUE", *(f"{column} = ?" for column in query.conditions)]
        values: list[object] = [*query.conditions.values()]
        await self._add_customer(query.customer, conditions, values)
        if query.after is not None:
            conditions.append("(decided_at, id) < (?, ?)")
            values += [query.after.time, query.after.id]
        order = "ORDER BY decided_at DESC, id DESC LIMIT ?"
        return await self._select(f"{' AND '.join(conditions)} {order}", *values, query.limit)

    async def unthanked(self, query: UnthankedQuery) -> Sequence[Decision]:
        conditions = ["purpose = 'thanks'", "verdict IN ('held', 'suppressed')", "customer <> ''"]
        conditions.append(f"reason NOT IN ({rows.places([*NOT_OWED])})")
        values: list[object] = [*NOT_OWED]
        await self._add_customer(query.customer, conditions, values)
        after = query.after or Position(-1, "")
        conditions.append("(time, id) > (?, ?)")
        values += [after.time, after.id, query.limit]
        return await self._select(f"{' AND '.join(conditions)} ORDER BY time, id LIMIT ?", *values)

    async def unthanked_count(self, before: int, most: int) -> int:
        def read(connection: sqlite3.Connection) -> int:
            found = connection.execute(
                "SELECT count(*) FROM (SELECT 1 FROM decisions"
                " WHERE purpose = 'thanks' AND verdict = 'held' AND time < ? LIMIT ?)",
                (before, most),
            )
            count: int = found.fetchone()[0]
            return count

        return await self._database.read(read)

    async def _add_customer(
        self, customer: str | None, conditions: list[str], values: list[object]
    ) -> None:
        if customer is not None:
            family = await rows.read_family(self._database, customer)
            conditions.append(f"customer IN ({rows.places(family)})")
            values += family

    async def _select(self, where: str, *values: object) -> list[Decision]:
        statement = f"SELECT {rows.DECISION} FROM decisions WHERE {where}"

        def read(connection: sqlite3.Connection) -> list[Decision]:
            return [rows.decision(row) for row in connection.execute(statement, values)]

        return await self._database.read(read)


def _held(connection: sqlite3.Connection, customers: Sequence[str]) -> list[Decision]:
    found = connection.execute(
        f"SELECT {rows.DECISION} FROM decisions WHERE verdict = 'held'"
        f" AND customer IN ({rows.places(customers)})"
        f" ORDER BY due IS NULL, due, time, id LIMIT {_HELD_EACH}",
        customers,
    )
    return [rows.decision(row) for row in found]
