"""Customers in SQLite."""

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from services.notifier.domain import consent
from services.notifier.domain.consent import Consent
from services.notifier.domain.customer import Customer, Standing
from services.notifier.domain.marks import Mark, joined
from services.notifier.domain.preferences import Preferences
from services.notifier.ports.customers import CaseChange, Told, Untold
from services.notifier.storage import fields
from services.notifier.storage.fields import customer_key
from services.notifier.storage.sqlite import plans, rows
from services.notifier.storage.sqlite.erasure import erase
from shared.contracts.messages import Preferred
from shared.merging import survivor_of
from shared.storage.redirects import read_redirects
from shared.storage.sqlite import Database

_read_told = msgspec.json.Decoder(Preferred).decode
_TOLD = ("record", "consents", "customer", "merged_into")
_PUT = (
    f"INSERT INTO customers (key, {', '.join(_TOLD)}) VALUES (:key, {rows.named(_TOLD)})"
    f" ON CONFLICT (key) DO UPDATE SET {', '.join(f'{n} = excluded.{n}' for n in _TOLD)},"
    " erased = 0, was_merged_into = ifnull(customers.merged_into, customers.was_merged_into)"
)

_ERASED = (
    "SELECT kept.key FROM json_each(?) JOIN customers AS kept ON kept.key = json_each.value"
    " WHERE kept.erased"
)


class SqliteCustomers:
    """Tables customers, open_cases, addresses and untold."""

    def __init__(self, database: Database, pseudonym_key: str) -> None:
        self._database = database
        self._pseudonym_key = pseudonym_key

    async def customers(self, ids: Sequence[str]) -> Mapping[str, Customer]:
        return await self._database.read(lambda connection: rows.customers(connection, ids))

    async def erased(self, ids: Collection[str]) -> Collection[str]:
        keys = {customer_key(id): id for id in ids}
        found = await self._database.read(
            lambda connection: connection.execute(_ERASED, (json.dumps([*keys]),)).fetchall()
        )
        return [keys[key] for (key,) in found]

    async def survivors(self, ids: Collection[str]) -> Mapping[str, str]:
        redirects = await self._database.read(lambda connection: read_redirects(connection, ids))
        return {id: survivor_of(id, redirects) for id in ids}

    async def put(self, told: Sequence[Told]) -> None:
        def transact(connection: sqlite3.Connection) -> None:
            standing = _standing(connection, [one.customer for one in told])
            merging = [t.customer for t in told if _moves(t, standing.get(t.customer, {}))]
            before = _all_of(connection, merging)
            for one in told:
                self._put(connection, one, standing.get(one.customer, {}))
            plans.move_on(connection, before | _all_of(connection, merging))

        await self._database.run(transact)

    def _put(self, connection: sqlite3.Connection, told: Told, known: Mapping[str, Any]) -> None:
        id, record = told.customer, told.record
        consents = consent.together(fields.CONSENTS.read(known.get("consents")), told.consents)
        written = fields.CONSENTS.write(consents)
        if not _is_newer(told, known):
            if written != known["consents"]:
                _set(connection, id, "consents", written)
            return
        values = {"record": fields.RECORD.write(record), "consents": written}
        merged = {"customer": id if told.merged_into else None, "merged_into": told.merged_into}
        connection.execute(_PUT, {"key": customer_key(id), **values, **merged})
        connection.execute("DELETE FROM addresses WHERE customer = ?", (id,))
        connection.executemany(
            "INSERT INTO addresses (digest, customer) VALUES (?, ?)",
            [(one, id) for one in fields.address_digests(record, self._pseudonym_key)],
        )

    async def change_cases(self, changes: Sequence[CaseChange]) -> None:
        def transact(connection: sqlite3.Connection) -> None:
            for change in changes:
                connection.execute(
                    "INSERT OR IGNORE INTO open_cases VALUES (?, ?)"
                    if change.is_open
                    else "DELETE FROM open_cases WHERE key = ? AND case_id = ?",
                    (customer_key(change.customer), change.case_id),
                )

        await self._database.run(transact)

    async def mark(self, marks: Mapping[str, Sequence[Mark]]) -> None:
        def transact(connection: sqlite3.Connection) -> None:
            standing = _standing(connection, marks)
            for customer, added in marks.items():
                kept = fields.MARKS.read(standing.get(customer, {}).get("marks"))
                text = fields.MARKS.write(joined(kept, added))
                _set(connection, customer, "marks", text)

        await self._database.run(transact)

    async def stand(self, standings: Mapping[str, Standing]) -> None:
        def transact(connection: sqlite3.Connection) -> None:
            known = _standing(connection, standings)
            for customer, standing in standings.items():
                kept = fields.STANDING.read(known.get(customer, {}).get("standing"))
                if standing.time >= kept.time:
                    _set(connection, customer, "standing", fields.STANDING.write(standing))

        await self._database.run(transact)

    async def prefer(
        self,
        customer: str,
        preferences: Preferences,
        consents: Sequence[Consent],
        told: Preferred,
    ) -> bool:
        def transact(connection: sqlite3.Connection) -> bool:
            person = rows.customers(connection, [customer])[customer]
            own = _standing(connection, [customer]).get(customer, {})
            if own.get("erased") or preferences.revision != person.preferences.revision + 1:
                return False
            # Said by the person: it replaces what was said under any of their ids.
            for id in rows.families(connection, [customer])[customer].ids:
                _set(connection, id, "preferences", fields.PREFERENCES.write(preferences))
            said = consent.together(fields.CONSENTS.read(own.get("consents")), consents)
            _set(connection, customer, "consents", fields.CONSENTS.write(said))
            untold = (customer, preferences.revision, msgspec.json.encode(told).decode())
            connection.execute("INSERT OR REPLACE INTO untold VALUES (?, ?, ?)", untold)
            return True

        return await self._database.run(transact)

    async def untold(self, most: int) -> Sequence[Untold]:
        def read(connection: sqlite3.Connection) -> list[Untold]:
            found = connection.execute("SELECT * FROM untold ORDER BY rowid LIMIT ?", (most,))
            return [Untold(id, revision, _read_told(told)) for id, revision, told in found]

        return await self._database.read(read)

    async def were_told(self, untold: Sequence[Untold]) -> None:
        await self._database.run(
            lambda connection: connection.executemany(
                "DELETE FROM untold WHERE customer = ? AND revision = ?",
                [(one.customer, one.revision) for one in untold],
            )
        )

    async def erase(self, customer: str) -> None:
        await self._database.run(lambda connection: erase(connection, customer))
        await self._database.scrub()

    async def with_address(self, digest: str) -> Sequence[str]:
        def read(connection: sqlite3.Connection) -> list[str]:
            found = connection.execute("SELECT customer FROM addresses WHERE digest = ?", (digest,))
            return [customer for (customer,) in found]

        return await self._database.read(read)

    async def ping(self) -> None:
        await self._database.read(lambda connection: connection.execute("SELECT 1").fetchone())


def _standing(
    connection: sqlite3.Connection, customers: Collection[str]
) -> dict[str, dict[str, Any]]:
    """What is kept under each id of whom anything is, by the names of CUSTOMER."""
    ids = {customer_key(id): id for id in customers}
    found = connection.execute(
        f"SELECT key, {', '.join(fields.CUSTOMER)} FROM customers WHERE key {rows.IN_LIST}",
        (rows.json_list(ids),),
    )
    return {ids[key]: dict(zip(fields.CUSTOMER, row, strict=True)) for key, *row in found}


def _is_newer(told: Told, known: Mapping[str, Any]) -> bool:
    stands = fields.RECORD.read(known.get("record"))
    return stands is None or told.record.revision > stands.revision


def _moves(told: Told, known: Mapping[str, Any]) -> bool:
    """Whether `told` changes for whom the id stands."""
    return _is_newer(told, known) and told.merged_into != known.get("merged_into")


def _all_of(connection: sqlite3.Connection, customers: Collection[str]) -> set[str]:
    found = rows.families(connection, customers)
    return {id for family in found.values() for id in family.ids}


def _set(connection: sqlite3.Connection, customer: str, column: str, value: str | None) -> None:
    """Keep a part of somebody, unless they were erased."""
    connection.execute(
        f"INSERT INTO customers (key, {column}) VALUES (?, ?) ON CONFLICT (key)"
        f" DO UPDATE SET {column} = excluded.{column} WHERE erased = 0",
        (customer_key(customer), value),
    )
