"""Customers in MongoDB."""

from collections.abc import Callable, Collection, Mapping, Sequence

import msgspec
from pymongo import UpdateOne

from services.notifier.domain import consent
from services.notifier.domain.consent import Consent
from services.notifier.domain.customer import Customer, Standing
from services.notifier.domain.marks import Mark, joined
from services.notifier.domain.preferences import Preferences
from services.notifier.ports.customers import CaseChange, Told, Untold
from services.notifier.storage import fields
from services.notifier.storage.fields import customer_key
from services.notifier.storage.mongo import documents, people, plans
from services.notifier.storage.mongo.erasure import erase
from services.notifier.storage.mongo.transactions import Session, transact
from shared.contracts.messages import Preferred
from shared.merging import survivor_of
from shared.storage.mongo import Database, Document, ping, translating_errors
from shared.storage.redirects import find_redirects

_read_told = msgspec.json.Decoder(Preferred).decode


class MongoCustomers:
    """Collection customers, by hash: the parts of fields.CUSTOMER as text; `cases`, the open ones;
    `customer`, the id of one who was merged; `addresses` by digest, and `known_as`, whose they are.
    Collection untold, in the order in which it was said."""

    def __init__(self, database: Database, pseudonym_key: str) -> None:
        self._database = database
        self._customers = database["customers"]
        self._untold = database["untold"]
        self._pseudonym_key = pseudonym_key

    async def customers(self, ids: Sequence[str]) -> Mapping[str, Customer]:
        with translating_errors():
            return await people.customers(self._database, ids)

    async def erased(self, ids: Collection[str]) -> Collection[str]:
        keys = {customer_key(id): id for id in ids}
        gone: Document = {"_id": {"$in": [*keys]}, "erased": True}
        with translating_errors():
            found = await self._customers.find(gone, {"_id": 1}).to_list(None)
        return [keys[document["_id"]] for document in found]

    async def survivors(self, ids: Collection[str]) -> Mapping[str, str]:
        with translating_errors():
            redirects = await find_redirects(self._customers, ids)
        return {id: survivor_of(id, redirects) for id in ids}

    async def put(self, told: Sequence[Told]) -> None:
        by_id = {one.customer: one for one in told}

        async def work(session: Session) -> None:
            known = await people.documents(self._database, by_id, session)
            merging = [id for id, one in by_id.items() if _moves(one, known.get(id, {}))]
            before = await self._all_of(merging, session)
            kept = {id: self._kept(one, known.get(id, {})) for id, one in by_id.items()}
            await self._write(kept, session)
            moved = before | await self._all_of(merging, session)
            await plans.move_on(self._database, {id: {} for id in moved}, session)

        await transact(self._database, work)

    def _kept(self, told: Told, known: Document) -> Document:
        consents = consent.together(fields.CONSENTS.read(known.get("consents")), told.consents)
        kept: Document = {"consents": fields.CONSENTS.write(consents)}
        if not _is_newer(told, known):
            return kept if kept["consents"] != known.get("consents") else {}
        digests = fields.address_digests(told.record, self._pseudonym_key)
        merged = told.merged_into is not None
        return kept | {
            "record": fields.RECORD.write(told.record),
            "customer": told.customer if merged else None,
            "merged_into": told.merged_into,
            "was_merged_into": known.get("merged_into") or known.get("was_merged_into"),
            "erased": None,
            "addresses": [*digests] or None,
            "known_as": told.customer if digests else None,
        }

    async def _all_of(self, customers: Collection[str], session: Session) -> set[str]:
        if not customers:
            return set()
        families = await people.families(self._database, customers, session)
        return {id for family in families.values() for id in family.ids}

    async def change_cases(self, changes: Sequence[CaseChange]) -> None:
        steps = [
            UpdateOne(
                {"_id": customer_key(change.customer)},
                {("$addToSet" if change.is_open else "$pull"): {"cases": change.case_id}},
                upsert=change.is_open,
            )
            for change in changes
        ]
        if steps:
            with translating_errors():
                await self._customers.bulk_write(steps)

    async def mark(self, marks: Mapping[str, Sequence[Mark]]) -> None:
        def added(id: str, known: Document) -> Document:
            kept = fields.MARKS.read(known.get("marks"))
            return {"marks": fields.MARKS.write(joined(kept, marks[id]))}

        await self._change(marks, added)

    async def stand(self, standings: Mapping[str, Standing]) -> None:
        def newest(id: str, known: Document) -> Document:
            kept = fields.STANDING.read(known.get("standing"))
            newer = standings[id].time >= kept.time
            return {"standing": fields.STANDING.write(standings[id])} if newer else {}

        await self._change(standings, newest)

    async def _change(
        self, customers: Collection[str], change: Callable[[str, Document], Document]
    ) -> None:
        """Change what is kept of those who were not erased."""

        async def work(session: Session) -> None:
            known = await people.documents(self._database, customers, session)
            there = [id for id in customers if "erased" not in known.get(id, {})]
            await self._write({id: change(id, known.get(id, {})) for id in there}, session)

        if customers:
            await transact(self._database, work)

    async def _write(self, members: Mapping[str, Document], session: Session) -> None:
        steps = [
            UpdateOne({"_id": customer_key(id)}, documents.to_be(values), upsert=True)
            for id, values in members.items()
            if values
        ]
        if steps:
            await self._customers.bulk_write(steps, ordered=False, session=session)

    async def prefer(
        self,
        customer: str,
        preferences: Preferences,
        consents: Sequence[Consent],
        told: Preferred,
    ) -> bool:
        async def work(session: Session) -> bool:
            person = (await people.customers(self._database, [customer], session))[customer]
            if person.erased or preferences.revision != person.preferences.revision + 1:
                return False
            family = (await people.families(self._database, [customer], session))[customer]
            known = await people.documents(self._database, family.ids, session)
            # Said by the person: it replaces what was said under any of their ids.
            wanted = fields.PREFERENCES.write(preferences)
            there = [id for id in family.ids if "erased" not in known.get(id, {})]
            said: dict[str, Document] = {id: {"preferences": wanted} for id in there}
            kept = fields.CONSENTS.read(known.get(customer, {}).get("consents"))
            said[customer]["consents"] = fields.CONSENTS.write(consent.together(kept, consents))
            await self._write(said, session)
            which = {"customer": customer, "revision": preferences.revision}
            text = msgspec.json.encode(told).decode()
            untold = which | {"told": text}
            await self._untold.replace_one(which, untold, upsert=True, session=session)
            return True

        return await transact(self._database, work)

    async def untold(self, most: int) -> Sequence[Untold]:
        with translating_errors():
            found = await self._untold.find({}).sort("_id", 1).limit(most).to_list(None)
        return [Untold(one["customer"], one["revision"], _read_told(one["told"])) for one in found]

    async def were_told(self, untold: Sequence[Untold]) -> None:
        if untold:
            which = [{"customer": one.customer, "revision": one.revision} for one in untold]
            with translating_errors():
                await self._untold.delete_many({"$or": which})

    async def erase(self, customer: str) -> None:
        with translating_errors():
            await erase(self._database, customer)

    async def with_address(self, digest: str) -> Sequence[str]:
        with translating_errors():
            found = self._customers.find({"addresses": digest}, {"known_as": 1})
            return [document["known_as"] async for document in found]

    async def ping(self) -> None:
        await ping(self._database)


def _is_newer(told: Told, known: Document) -> bool:
    stands = fields.RECORD.read(known.get("record"))
    return stands is None or told.record.revision > stands.revision


def _moves(told: Told, known: Document) -> bool:
    """Whether `told` changes for whom the id stands."""
    return _is_newer(told, known) and told.merged_into != known.get("merged_into")
