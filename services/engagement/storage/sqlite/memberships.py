"""Memberships and decisions in SQLite."""

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from services.engagement.domain.membership import Decision, Difference, Group, Membership
from shared.storage.sqlite import Database

# Triggers count, since a group may have millions of members.
SCHEMA = """
    CREATE TABLE memberships (
        kind TEXT NOT NULL, name TEXT NOT NULL, customer TEXT NOT NULL, since INTEGER NOT NULL,
        by_what TEXT NOT NULL, PRIMARY KEY (kind, name, customer)
    ) WITHOUT ROWID;
    CREATE INDEX memberships_of ON memberships (customer, kind, name);
    CREATE TABLE member_counts (
        kind TEXT NOT NULL, name TEXT NOT NULL, members INTEGER NOT NULL,
        PRIMARY KEY (kind, name)
    ) WITHOUT ROWID;
    CREATE TRIGGER member_came AFTER INSERT ON memberships BEGIN
        INSERT INTO member_counts VALUES (new.kind, new.name, 1)
            ON CONFLICT DO UPDATE SET members = members + 1;
    END;
    CREATE TRIGGER member_went AFTER DELETE ON memberships BEGIN
        UPDATE member_counts SET members = members - 1
            WHERE kind = old.kind AND name = old.name;
    END;
    CREATE TABLE circle_decisions (
        circle TEXT NOT NULL, origin TEXT NOT NULL, customer TEXT NOT NULL,
        member INTEGER NOT NULL, time INTEGER NOT NULL, PRIMARY KEY (circle, origin)
    ) WITHOUT ROWID;
    CREATE INDEX circle_decisions_told_of ON circle_decisions (origin);
    CREATE INDEX circle_decisions_of ON circle_decisions (customer, circle, origin);
"""

_MEMBERSHIP = "SELECT kind, name, customer, since, by_what FROM memberships"
_DECISION = "SELECT circle, origin, customer, member, time FROM circle_decisions"


class SqliteMembershipStore:
    """Tables memberships, member_counts and circle_decisions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, customers: Sequence[str]) -> Mapping[str, Sequence[Membership]]:
        found: dict[str, list[Membership]] = {}
        for one in await self._memberships(
            " WHERE customer IN (SELECT value FROM json_each(?)) ORDER BY customer, kind, name",
            (json.dumps(list(customers)),),
        ):
            found.setdefault(one.customer, []).append(one)
        return found

    async def segments_of(self, customers: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        def read(connection: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
            found: dict[str, tuple[str, ...]] = {}
            for customer, name in connection.execute(
                "SELECT customer, name FROM memberships WHERE kind = 'segment'"
                " AND customer IN (SELECT value FROM json_each(?)) ORDER BY customer, name",
                (json.dumps(list(customers)),),
            ):
                found[customer] = (*found.get(customer, ()), name)
            return found

        return await self._database.read(read)

    async def members(self, group: Group, after: str, most: int) -> Sequence[Membership]:
        return await self._memberships(
            " WHERE kind = ? AND name = ? AND customer > ? ORDER BY customer LIMIT ?",
            (*group, after, most),
        )

    async def counts(self) -> Mapping[Group, int]:
        def read(connection: sqlite3.Connection) -> dict[Group, int]:
            found = connection.execute("SELECT * FROM member_counts WHERE members > 0")
            return {Group(kind, name): members for kind, name, members in found}

        return await self._database.read(read)

    async def between(self, after: str, until: str | None, most: int) -> Sequence[Membership]:
        where, values = _between(after, until)
        return await self._memberships(
            f"{where} ORDER BY customer, kind, name LIMIT ?", (*values, most)
        )

    async def change(self, difference: Difference) -> None:
        put = [(*one.group, one.customer, one.since, one.by) for one in difference.put]
        drop = [(*group, customer) for group, customer in difference.drop]

        def transact(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "DELETE FROM memberships WHERE kind = ? AND name = ? AND customer = ?", drop
            )
            connection.executemany(
                "INSERT INTO memberships VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE"
                " SET since = excluded.since, by_what = excluded.by_what",
                put,
            )

        if put or drop:
            await self._database.run(transact)

    async def retire(self, kept: Collection[Group]) -> None:
        def transact(connection: sqlite3.Connection) -> None:
            known = connection.execute("SELECT kind, name FROM member_counts").fetchall()
            gone = [group for group in known if Group(*group) not in kept]
            connection.executemany("DELETE FROM memberships WHERE kind = ? AND name = ?", gone)
            connection.executemany("DELETE FROM member_counts WHERE kind = ? AND name = ?", gone)

        await self._database.run(transact)

    async def decide(self, decisions: Sequence[Decision]) -> None:
        def transact(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "INSERT INTO circle_decisions VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                " customer = excluded.customer, member = excluded.member, time = excluded.time"
                " WHERE excluded.time >= time",
                [(one.circle, one.origin, one.customer, one.member, one.time) for one in decisions],
            )

        await self._database.run(transact)

    async def decisions(self, after: str, until: str | None, most: int) -> Sequence[Decision]:
        where, values = _between(after, until)
        return await self._decisions(
            f"{where} ORDER BY customer, circle, origin LIMIT ?", (*values, most)
        )

    async def decisions_told_of(self, ids: Sequence[str]) -> Sequence[Decision]:
        return await self._decisions(
            " WHERE origin IN (SELECT value FROM json_each(?1))"
            " OR customer IN (SELECT value FROM json_each(?1))",
            (json.dumps(list(ids)),),
        )

    async def readdress(self, decisions: Sequence[Decision]) -> None:
        def transact(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "UPDATE circle_decisions SET customer = ? WHERE circle = ? AND origin = ?",
                [(one.customer, one.circle, one.origin) for one in decisions],
            )

        await self._database.run(transact)

    async def forget(self, customers: Sequence[str]) -> None:
        def transact(connection: sqlite3.Connection) -> None:
            ids = json.dumps(list(customers))
            for table, member in (
                ("memberships", "customer"),
                ("circle_decisions", "customer"),
                ("circle_decisions", "origin"),
            ):
                connection.execute(
                    f"DELETE FROM {table} WHERE {member} IN (SELECT value FROM json_each(?))",
                    (ids,),
                )

        await self._database.run(transact)
        await self._database.scrub()

    async def _memberships(self, where: str, values: Iterable[Any]) -> list[Membership]:
        def read(connection: sqlite3.Connection) -> list[Membership]:
            found = connection.execute(_MEMBERSHIP + where, tuple(values))
            return [
                Membership(Group(kind, name), customer, since, by)
                for kind, name, customer, since, by in found
            ]

        return await self._database.read(read)

    async def _decisions(self, where: str, values: Iterable[Any]) -> list[Decision]:
        def read(connection: sqlite3.Connection) -> list[Decision]:
            found = connection.execute(_DECISION + where, tuple(values))
            return [
                Decision(circle, origin, customer, bool(member), time)
                for circle, origin, customer, member, time in found
            ]

        return await self._database.read(read)


def _between(after: str, until: str | None) -> tuple[str, tuple[str, ...]]:
    # Two conditions, so that a search in the index ends at `until`.
    if until is None:
        return " WHERE customer > ?", (after,)
    return " WHERE customer > ? AND customer <= ?", (after, until)
