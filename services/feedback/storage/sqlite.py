"""Responses and cases in SQLite."""

import hashlib
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from services.feedback.domain.announcement import Announcement
from services.feedback.domain.case import CUSTOMER_ERASED, Case, Closing
from services.feedback.domain.invitation import Invitation
from services.feedback.domain.response import Response
from services.feedback.domain.results import Tally
from services.feedback.ports import Kept, Page, Person, Visit
from services.feedback.storage import rows
from services.feedback.storage.sqlite_schema import MIGRATIONS
from shared.merging import family_of, survivor_of
from shared.storage.redirects import read_redirects
from shared.storage.sqlite import Database

__all__ = ["MIGRATIONS", "SqliteFeedbackStore"]


class SqliteFeedbackStore:
    """Tables as in MIGRATIONS. An erased customer's rows stay, with "" for the customer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def invite(self, invitations: Sequence[Invitation]) -> None:
        def transact(connection: sqlite3.Connection) -> None:
            for invitation in invitations:
                if not _is_erased(connection, invitation.customer):
                    _invite(connection, invitation)

        if invitations:
            await self._database.run(transact)

    async def visit(self, invitation: Invitation) -> Visit:
        def read(connection: sqlite3.Connection) -> Visit:
            redirects = read_redirects(connection, [invitation.customer])
            survivor = survivor_of(invitation.customer, redirects)
            (locale,) = connection.execute(
                "SELECT locale FROM customers WHERE hash = ?", (_hash(survivor),)
            ).fetchone() or (None,)
            return Visit(
                locale,
                _is_erased(connection, invitation.customer),
                _is_answered(connection, invitation),
            )

        return await self._database.read(read)

    async def answer(
        self,
        invitation: Invitation,
        response: Response,
        case: Case | None,
        announcements: Sequence[Announcement],
    ) -> Kept:
        def transact(connection: sqlite3.Connection) -> Kept:
            if _is_erased(connection, response.customer):
                return "erased"
            if _is_answered(connection, invitation):
                return "answered"
            _invite(connection, invitation)
            _insert(connection, "responses", rows.write_response(response))
            if case is not None:
                _insert(connection, "cases", rows.write_case(case))
            _put_out(connection, announcements)
            return "kept"

        return await self._database.run(transact)

    async def tally(self, survey: str) -> Tally:
        def read(connection: sqlite3.Connection) -> Tally:
            (invitations,) = connection.execute(
                "SELECT count(*) FROM invitations WHERE survey = ?", (survey,)
            ).fetchone()
            values = connection.execute(
                "SELECT value, count(*) FROM responses WHERE survey = ? GROUP BY value", (survey,)
            )
            return Tally(invitations, dict(values))

        return await self._database.read(read)

    async def responses(
        self, customer: str | None, survey: str | None, page: Page
    ) -> Sequence[Response]:
        wanted = {"survey = ?": survey}
        return [
            rows.read_response(row)
            for row in await self._page("responses", "time", customer, wanted, page)
        ]

    async def open_case(self, case: Case, announcement: Announcement) -> bool:
        def transact(connection: sqlite3.Connection) -> bool:
            if _is_erased(connection, case.customer):
                return False
            if not _insert(connection, "cases", rows.write_case(case)):
                return False
            _put_out(connection, [announcement])
            return True

        return await self._database.run(transact)

    async def close_case(
        self, case_id: str, closing: Closing, announcement: Announcement
    ) -> Case | None:
        def transact(connection: sqlite3.Connection) -> Case | None:
            closed = connection.execute(
                "UPDATE cases SET closed = ?, fix = ?, note = ? WHERE id = ? AND closed IS NULL",
                (closing.time, closing.fix, closing.note, case_id),
            )
            if closed.rowcount:
                _put_out(connection, [announcement])
            return _find_case(connection, case_id)

        return await self._database.run(transact)

    async def case(self, case_id: str) -> Case | None:
        return await self._database.read(lambda connection: _find_case(connection, case_id))

    async def cases(self, customer: str | None, is_open: bool | None, page: Page) -> Sequence[Case]:
        wanted = {"(closed IS NULL) = ?": is_open}
        found = await self._page("cases", "opened", customer, wanted, page)
        return [rows.read_case(row) for row in found]

    async def remember(self, people: Mapping[str, Person]) -> None:
        def transact(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "INSERT INTO customers VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                " revision = excluded.revision, locale = excluded.locale,"
                " time_zone = excluded.time_zone, erased = 0, customer = excluded.customer,"
                " merged_into = excluded.merged_into"
                " WHERE revision IS NULL OR revision <= excluded.revision",
                [
                    (_hash(customer), *rows.write_person(customer, person))
                    for customer, person in people.items()
                ],
            )

        if people:
            await self._database.run(transact)

    async def survivors(self, customers: Collection[str]) -> Mapping[str, str]:
        redirects = await self._database.read(
            lambda connection: read_redirects(connection, customers)
        )
        return {customer: survivor_of(customer, redirects) for customer in customers}

    async def erase(self, customer: str, time: int) -> None:
        def transact(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT OR REPLACE INTO customers (hash, erased) VALUES (?, 1)", (_hash(customer),)
            )
            connection.execute("DELETE FROM outbox WHERE customer = ?", (customer,))
            connection.execute(
                "UPDATE cases SET closed = ?, fix = ? WHERE customer = ? AND closed IS NULL",
                (time, CUSTOMER_ERASED, customer),
            )
            for changes in (
                "cases SET customer = '', said = '', note = '', act = NULL",
                "responses SET customer = '', comment = '', message_id = NULL, act = NULL",
                "invitations SET customer = '', message_id = NULL, act = NULL",
            ):
                connection.execute(f"UPDATE {changes} WHERE customer = ?", (customer,))

        await self._database.run(transact)
        await self._database.scrub()

    async def pending(self, limit: int) -> Sequence[Announcement]:
        def read(connection: sqlite3.Connection) -> list[Announcement]:
            waiting = connection.execute(
                "SELECT id, type, customer, time, data FROM outbox ORDER BY place LIMIT ?",
                (limit,),
            )
            return [Announcement(*row) for row in waiting]

        return await self._database.read(read)

    async def announced(self, ids: Sequence[str]) -> None:
        def transact(connection: sqlite3.Connection) -> None:
            connection.executemany("DELETE FROM outbox WHERE id = ?", [(one,) for one in ids])

        await self._database.run(transact)

    async def ping(self) -> None:
        await self._database.read(lambda connection: connection.execute("SELECT 1").fetchone())

    async def _page(
        self, table: str, by: str, customer: str | None, wanted: dict[str, Any], page: Page
    ) -> list[tuple[Any, ...]]:
        given = {clause: value for clause, value in wanted.items() if value is not None}

        def read(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
            clauses, values = [*given], [*given.values()]
            if customer is not None:
                family = _family(connection, customer)
                clauses.append(f"customer IN ({', '.join('?' * len(family))})")
                values += family
            if page.after is not None:
                clauses.append(f"({by}, id) < (?, ?)")
                values += page.after
            where = f"WHERE {' AND '.join(clauses)}" if clauses else ""
            query = f"SELECT * FROM {table} {where} ORDER BY {by} DESC, id DESC LIMIT ?"
            return connection.execute(query, (*values, page.limit)).fetchall()

        return await self._database.read(read)


def _hash(customer: str) -> str:
    return hashlib.sha256(customer.encode()).hexdigest()


def _is_erased(connection: sqlite3.Connection, customer: str) -> bool:
    row = connection.execute("SELECT erased FROM customers WHERE hash = ?", (_hash(customer),))
    return bool((row.fetchone() or (0,))[0])


def _family(connection: sqlite3.Connection, customer: str) -> list[str]:
    return sorted(family_of(customer, read_redirects(connection, [customer])))


def _is_answered(connection: sqlite3.Connection, invitation: Invitation) -> bool:
    ids = invitation.ids_for(_family(connection, invitation.customer))
    row = connection.execute(
        f"SELECT 1 FROM responses WHERE id IN ({', '.join('?' * len(ids))})", ids
    )
    return row.fetchone() is not None


def _invite(connection: sqlite3.Connection, invitation: Invitation) -> None:
    _insert(connection, "invitations", rows.write_invitation(invitation))


def _insert(connection: sqlite3.Connection, table: str, row: Sequence[object]) -> bool:
    places = ",".join("?" * len(row))
    return connection.execute(f"INSERT OR IGNORE INTO {table} VALUES ({places})", row).rowcount > 0


def _put_out(connection: sqlite3.Connection, announcements: Sequence[Announcement]) -> None:
    connection.executemany(
        "INSERT INTO outbox (id, type, customer, time, data) VALUES (?, ?, ?, ?, ?)",
        [(one.id, one.type, one.customer, one.time, one.data) for one in announcements],
    )


def _find_case(connection: sqlite3.Connection, case_id: str) -> Case | None:
    row = connection.execute("SELECT * FROM cases WHERE id = ?", (case_id,)).fetchone()
    return None if row is None else rows.read_case(row)
