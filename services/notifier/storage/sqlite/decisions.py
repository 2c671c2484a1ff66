"""Decisions in SQLite."""

import sqlite3
from collections.abc import Sequence

from services.notifier.domain.decision import Decision
from services.notifier.domain.message import Message
from services.notifier.ports import DecisionQuery
from services.notifier.storage import fields
from services.notifier.storage.sqlite import rows
from shared.storage.sqlite import Database


class SqliteDecisions:
    """Table decisions, and messages as far as decisions ask for them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(
        self, decisions: Sequence[tuple[Decision, Message | None]]
    ) -> Sequence[Decision]:
        def transact(connection: sqlite3.Connection) -> list[Decision]:
            ids = rows.json_list(decision.id for decision, _ in decisions)
            found = connection.execute(
                f"SELECT {rows.DECISION} FROM decisions WHERE id {rows.IN_LIST}",
                (ids,),
            )
            standing = {decision.id: decision for decision in map(rows.decision, found)}
            new = [(d, message) for d, message in decisions if d.id not in standing]
            connection.executemany(
                rows.INSERT_DECISION, [fields.decision_fields(decision) for decision, _ in new]
            )
            connection.executemany(
                rows.INSERT_MESSAGE,
                [fields.message_fields(message) for _, message in new if message is not None],
            )
            return [standing.get(decision.id, decision) for decision, _ in decisions]

        return await self._database.run(transact)

    async def wake(self, customers: Sequence[str], now: int) -> None:
        def transact(connection: sqlite3.Connection) -> None:
            keys = rows.json_list(map(fields.customer_key, customers))
            before = connection.execute(
                "SELECT was_merged_into FROM customers"
                f" WHERE key {rows.IN_LIST} AND was_merged_into IS NOT NULL",
                (keys,),
            )
            woken = rows.families(connection, [*customers, *(one for (one,) in before)])
            connection.execute(
                "UPDATE decisions SET due = ?, revision = revision + 1"
                f" WHERE verdict = 'held' AND customer {rows.IN_LIST}",
                (now, rows.json_list(woken)),
            )

        await self._database.run(transact)

    async def due(self, now: int, most: int) -> Sequence[Decision]:
        return await self._select("due <= ? ORDER BY due LIMIT ?", now, most)

    async def settle(self, decisions: Sequence[tuple[Decision, Message | None]]) -> None:
        def transact(connection: sqlite3.Connection) -> None:
            for decision, message in decisions:
                if rows.replace_decision(connection, decision, "held") and message is not None:
                    connection.execute(rows.INSERT_MESSAGE, fields.message_fields(message))

        await self._database.run(transact)

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
        if query.customer is not None:
            family = await rows.read_family(self._database, query.customer)
            conditions.append(f"customer IN ({rows.places(family)})")
            values += family
        if query.after is not None:
            conditions.append("(decided_at, id) < (?, ?)")
            values += [query.after.time, query.after.id]
        return await self._select(
            f"{' AND '.join(conditions)} ORDER BY decided_at DESC, id DESC LIMIT ?",
            *values,
            query.limit,
        )

    async def _select(self, where: str, *values: object) -> list[Decision]:
        statement = f"SELECT {rows.DECISION} FROM decisions WHERE {where}"

        def read(connection: sqlite3.Connection) -> list[Decision]:
            return [rows.decision(row) for row in connection.execute(statement, values)]

        return await self._database.read(read)
