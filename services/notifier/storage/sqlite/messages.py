"""Messages in SQLite. A step counts only for the token that holds the lease."""

import sqlite3
from collections.abc import Sequence

from services.notifier.domain.customer import Customer
from services.notifier.domain.decision import Decision
from services.notifier.domain.message import Final, Message, Text
from services.notifier.ports import Claim, MessageQuery
from services.notifier.storage.sqlite import rows
from shared.storage.sqlite import Database

_HELD = "id = ? AND token = ? AND status <> 'erased'"


class SqliteMessages:
    """Table messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, token: str, now: int, until: int) -> Claim | None:
        def transact(connection: sqlite3.Connection) -> Claim | None:
            row = connection.execute(
                "UPDATE messages SET token = ?, due = ? WHERE id ="
                " (SELECT id FROM messages WHERE due <= ? ORDER BY due LIMIT 1)"
                f" RETURNING {rows.MESSAGE}",
                (token, until, now),
            ).fetchone()
            return None if row is None else _complete(connection, token, rows.message(row))

        return await self._database.run(transact)

    async def begin(self, claim: Claim, text: Text) -> bool:
        return await self._step(
            claim,
            "status = 'sending', attempts = attempts + 1, subject = ?, body = ?, language = ?",
            text.subject,
            text.body,
            text.language,
        )

    async def retry(self, claim: Claim, due: int, code: str | None) -> bool:
        return await self._step(
            claim, "status = 'waiting', token = NULL, due = ?, code = ?", due, code
        )

    async def finish(self, claim: Claim, outcome: Final, now: int, code: str | None) -> bool:
        def transact(connection: sqlite3.Connection) -> bool:
            changed = connection.execute(
                "UPDATE messages SET status = ?, finished_at = ?, code = ?, announced = 0,"
                f" due = NULL, token = NULL WHERE {_HELD}",
                (outcome, now, code, claim.message.id, claim.token),
            )
            if changed.rowcount == 0:
                return False
            connection.execute(
                "UPDATE decisions SET data = NULL WHERE id = ?", (claim.message.decision_id,)
            )
            return True

        return await self._database.run(transact)

    async def withdraw(self, claim: Claim, decision: Decision) -> bool:
        def transact(connection: sqlite3.Connection) -> bool:
            held = connection.execute(
                f"SELECT 1 FROM messages WHERE {_HELD}",
                (claim.message.id, claim.token),
            )
            if not held.fetchone() or not rows.replace_decision(connection, decision, "thanked"):
                return False
            connection.execute("DELETE FROM messages WHERE id = ?", (claim.message.id,))
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
                "UPDATE messages SET subject = NULL, body = NULL"
                " WHERE finished_at < ? AND body IS NOT NULL",
                (before,),
            )
        )

    async def message(self, id: str) -> Message | None:
        found = await self._select("id = ? AND status <> 'erased'", id)
        return found[0] if found else None

    async def page(self, query: MessageQuery) -> Sequence[Message]:
        after = query.after
        family = await rows.read_family(self._database, query.customer)
        return await self._select(
            f"customer IN ({rows.places(family)}) AND (? IS NULL OR (created_at, id) < (?, ?))"
            " ORDER BY created_at DESC, id DESC LIMIT ?",
            *family,
            after and after.id,
            after and after.time,
            after and after.id,
            query.limit,
        )

    async def _step(self, claim: Claim, assignments: str, *values: object) -> bool:
        statement = f"UPDATE messages SET {assignments} WHERE {_HELD}"
        parameters = (*values, claim.message.id, claim.token)
        return await self._database.run(
            lambda connection: connection.execute(statement, parameters).rowcount == 1
        )

    async def _select(self, where: str, *values: object) -> list[Message]:
        statement = f"SELECT {rows.MESSAGE} FROM messages WHERE {where}"

        def read(connection: sqlite3.Connection) -> list[Message]:
            return [rows.message(row) for row in connection.execute(statement, values)]

        return await self._database.read(read)


def _complete(connection: sqlite3.Connection, token: str, message: Message) -> Claim:
    if message.status == "erased":
        return Claim(token, message, None, Customer("", erased=True))
    row = connection.execute(
        f"SELECT {rows.DECISION} FROM decisions WHERE id = ?",
        (message.decision_id,),
    ).fetchone()
    customer = rows.customers(connection, [message.customer])[message.customer]
    return Claim(token, message, None if row is None else rows.decision(row), customer)
