"""Who customers are, in SQLite."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from services.engagement.domain.name_search import (
    end_of,
    is_found_by,
    leading_prefix,
    name_words,
)
from services.engagement.domain.person import Person
from services.engagement.ports.people import FoundByName, PersonRecord, WordPlace
from services.engagement.storage.standing import customer_hash
from shared.storage.sqlite import Database

SCHEMA = """
    CREATE TABLE people (
        customer TEXT PRIMARY KEY, revision INTEGER NOT NULL, body BLOB, on_leaderboards INTEGER
    ) WITHOUT ROWID;
    CREATE INDEX people_on_leaderboards ON people (customer) WHERE on_leaderboards;
    CREATE TABLE person_aliases (
        alias TEXT NOT NULL, customer TEXT NOT NULL, PRIMARY KEY (alias, customer)
    ) WITHOUT ROWID;
    CREATE INDEX person_aliases_by_customer ON person_aliases (customer);
    CREATE TABLE name_words (
        word TEXT NOT NULL, customer TEXT NOT NULL, PRIMARY KEY (word, customer)
    ) WITHOUT ROWID;
    CREATE INDEX name_words_by_customer ON name_words (customer);
"""
"""A migration. `body` is a Person as JSON; nothing for an id that was merged."""

_LOOKED_UP_BY = ("person_aliases", "name_words")
_encode = msgspec.json.encode
_decode = msgspec.json.Decoder(Person).decode


class SqlitePeopleStore:
    """Tables people, person_aliases and name_words."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, records: Sequence[PersonRecord]) -> None:
        def transact(connection: sqlite3.Connection) -> None:
            for record in records:
                if _put(connection, record):
                    _clear(connection, [record.customer], _LOOKED_UP_BY)
                    _make_findable(connection, record.person)

        if records:
            await self._database.run(transact)

    async def forget(self, customers: Sequence[str]) -> None:
        await self._database.run(
            lambda connection: _clear(connection, customers, ("people", *_LOOKED_UP_BY))
        )
        await self._database.scrub()

    async def of(self, customers: Sequence[str]) -> Mapping[str, Person]:
        def read(connection: sqlite3.Connection) -> dict[str, Person]:
            found = connection.execute(
                "SELECT customer, body FROM people WHERE body IS NOT NULL"
                f" AND customer IN ({','.join('?' * len(customers))})",
                list(customers),
            )
            return {customer: _decode(body) for customer, body in found}

        return await self._database.read(read)

    async def by_alias(self, alias: str) -> Sequence[str]:
        def read(connection: sqlite3.Connection) -> list[str]:
            found = connection.execute(
                "SELECT customer FROM person_aliases WHERE alias = ? ORDER BY customer", (alias,)
            )
            return [customer for (customer,) in found]

        return await self._database.read(read)

    async def by_name(
        self, prefixes: Sequence[str], after: WordPlace | None, most: int
    ) -> FoundByName:
        leading = leading_prefix(prefixes)
        place = after or WordPlace(leading, "")

        def read(connection: sqlite3.Connection) -> FoundByName:
            found = connection.execute(
                "SELECT word, customer, body FROM name_words JOIN people USING (customer)"
                " WHERE (word, customer) > (?, ?) AND word >= ? AND word < ?"
                " ORDER BY word, customer LIMIT ?",
                (place.word, place.customer, leading, end_of(leading), most),
            ).fetchall()
            places = [
                WordPlace(word, customer)
                for word, customer, body in found
                if is_found_by(word, _decode(body).name, prefixes)
            ]
            return FoundByName(places, WordPlace(*found[-1][:2]) if len(found) == most else None)

        return await self._database.read(read)

    async def with_leaderboard_name(self, after: str, most: int) -> Sequence[Person]:
        def read(connection: sqlite3.Connection) -> list[Person]:
            found = connection.execute(
                "SELECT body FROM people WHERE on_leaderboards AND customer > ?"
                " ORDER BY customer LIMIT ?",
                (after, most),
            )
            return [_decode(body) for (body,) in found]

        return await self._database.read(read)


def _put(connection: sqlite3.Connection, record: PersonRecord) -> bool:
    person = record.person
    erased = "SELECT 1 FROM customers WHERE hash = ? AND erased AND revision >= ?"
    if connection.execute(erased, (customer_hash(record.customer), record.revision)).fetchone():
        return False
    put = connection.execute(
        "INSERT INTO people VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " revision = excluded.revision, body = excluded.body,"
        " on_leaderboards = excluded.on_leaderboards WHERE excluded.revision > revision",
        (
            record.customer,
            record.revision,
            None if person is None else _encode(person),
            person is not None and person.leaderboard_name is not None,
        ),
    )
    return put.rowcount > 0


def _make_findable(connection: sqlite3.Connection, person: Person | None) -> None:
    if person is None:
        return
    connection.executemany(
        "INSERT OR IGNORE INTO person_aliases VALUES (?, ?)",
        [(alias, person.customer) for alias in person.aliases],
    )
    connection.executemany(
        "INSERT INTO name_words VALUES (?, ?)",
        [(word, person.customer) for word in name_words(person.name)],
    )


def _clear(connection: sqlite3.Connection, customers: Iterable[str], tables: Iterable[str]) -> None:
    ids = [(customer,) for customer in customers]
    for table in tables:
        connection.executemany(f"DELETE FROM {table} WHERE customer = ?", ids)
