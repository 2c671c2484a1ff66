"""Messages in SQLite. A step counts only for the token that holds the lease."""

import sqlite3
from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from services.notifier.domain.message import Message
from services.notifier.domain.planning import Plan
from services.notifier.ports.messages import Begin, Claim, Finish, MessageQuery, Retry
from services.notifier.storage.sqlite import leases, plans, rows
from shared.storage.sqlite import Database

S = TypeVar("S", Begin, Retry, Finish)


class SqliteMessages:
    """Table messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def channels(self) -> Collection[str]:
        return await self._database.read(leases.channels)

    async def claim(
        self, channel: str, token: str, now: int, until: int, most: int
    ) -> Sequence[Claim]:
        return await self._database.run(
            lambda connection: leases.claim(connection, channel, token, now, until, most)
        )

    async def renew(self, claims: Sequence[Claim], until: int) -> None:
        await self._database.run(lambda connection: leases.renew(connection, claims, until))

    async def begin(self, begins: Sequence[Begin]) -> Collection[str]:
        return await self._step(begins, leases.begin)

    async def retry(self, retries: Sequence[Retry]) -> Collection[str]:
        return await self._step(retries, leases.retry)

    async def finish(self, finishes: Sequence[Finish]) -> Collection[str]:
        return await self._step(finishes, leases.finish)

    async def _step(
        self, steps: Sequence[S], take: Callable[[sqlite3.Connection, S], bool]
    ) -> Collection[str]:
        return await self._database.run(
            lambda connection: [one.claim.message.id for one in steps if take(connection, one)]
        )

    async def withdraw(self, claim: Claim, plan: Plan) -> bool:
        def transact(connection: sqlite3.Connection) -> bool:
            if plans.overtaken(connection, [plan]) or not leases.give_up(connection, claim):
                return False
            plans.carry_out(connection, [plan])
            return True

        return await self._database.run(transact)

    async def drop(self, claim: Claim) -> None:
        await self._database.run(
            lambda connection: connection.execute(
                "DELETE FROM messages WHERE id = ? AND token = ?", (claim.message.id, claim.token)
            )
        )

    async def unannounced(self, most: int) -> Sequence[Message]:
        return await self._select("announced = 0 LIMIT ?", most)

    async def announced(self, messages: Sequence[str]) -> None:
        await self._database.run(
            lambda connection: connection.execute(
                f"UPDATE messages SET announced = 1 WHERE id {rows.IN_LIST}",
                (rows.json_list(messages),),
            )
        )

    async def forget_texts(self, before: int) -> None:
        await self._database.run(
            lambda connection: connection.execute(
                "UPDATE messages SET subject = NULL, body = NULL, html = NULL"
                " WHERE finished_at < ? AND body IS NOT NULL",
                (before,),
            )
        )

    async def message(self, id: str) -> Message | None:
        found = await self._select("id = ? AND status <> 'erased'", id)
        return found[0] if found else None

    async def page(self, query: MessageQuery) -> Sequence[Message]:
        family = await rows.read_family(self._database, query.customer)
        conditions = [f"customer IN ({rows.places(family)})"]
        values: list[object] = [*family]
        if query.channel is not None:
            conditions.append("channel = ?")
            values.append(query.channel)
        if query.unread:
            conditions.append("read_at IS NULL")
        if query.after is not None:
            conditions.append("(created_at, id) < (?, ?)")
            values += [query.after.time, query.after.id]
        order = "ORDER BY created_at DESC, id DESC LIMIT ?"
        return await self._select(f"{' AND '.join(conditions)} {order}", *values, query.limit)

    async def of_order(self, order: str, channel: str, most: int) -> Sequence[Message]:
        return await self._select(
            "order_id = ? AND channel = ? AND status = 'sent'"
            " ORDER BY created_at DESC, id DESC LIMIT ?",
            *(order, channel, most),
        )

    async def mark_read(self, id: str, now: int) -> Message | None:
        await self._database.run(
            lambda connection: connection.execute(
                "UPDATE messages SET read_at = ? WHERE id = ? AND read_at IS NULL", (now, id)
            )
        )
        return await self.message(id)

    async def _select(self, where: str, *values: object) -> list[Message]:
        statement = f"SELECT {rows.MESSAGE} FROM messages WHERE {where}"

        def read(connection: sqlite3.Connection) -> list[Message]:
            return [rows.message(row) for row in connection.execute(statement, values)]

        return await self._database.read(read)
