"""Books in MongoDB: the collections of each, and which of them is live."""

import secrets
from collections.abc import Collection
from typing import Any, Literal

from pymongo import UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from services.engagement.domain.formula import Formula
from services.engagement.ports.books import Book, Live, Shelf
from services.engagement.storage.live import CachedLive, Formulas, OnHold
from shared.clock import Clock, epoch_ms
from shared.errors import Conflict, Unavailable
from shared.programme.model import FormulaDocument
from shared.storage.mongo import translating_errors

Document = dict[str, Any]
COLLECTIONS = ("ledger", "profiles", "stale")
SHELF = {"_id": "shelf"}
# Nobody reads a book any more that was taken away so long ago.
LEFT_ALONE_MS = 60_000
_HOLD_SECONDS = 2.0


async def number_collections(database: AsyncDatabase[Document]) -> None:
    """What stood alone becomes the first book."""
    names = await database.list_collection_names()
    for name in ("ledger", "profiles"):
        if name in names:
            await database[name].rename(f"{name}_1")
    await database["basis"].drop()


class MongoBookStore:
    """Collection books has one document a book, and one that says what stands on the shelf now.

    `stale_<n>` has the customers whom the book beside the live one has yet to follow.

    A transaction that changes the live book reads the shelf, and writes to a document that `hold`
    writes to as well: its position, or the shelf itself. So one that began before the hold
    conflicts with it, however long it takes, and one that begins after it waits.
    """

    def __init__(
        self, database: AsyncDatabase[Document], clock: Clock, formulas: Formulas | None = None
    ) -> None:
        self._database = database
        self._books = database["books"]
        self._clock = clock
        self._formulas = formulas or Formulas()
        self._live = CachedLive(self._load, clock)

    async def live(self) -> Live:
        return await self._live.get()

    async def open(self, document: FormulaDocument) -> None:
        now = epoch_ms(self._clock.now())
        with translating_errors():
            if await self._books.find_one(SHELF) is not None:
                return
            # Of replicas that start at once, one makes the book, and all use that one.
            version = await self._scored_by() or document.version
            for one in (_document(1, version, document, now), {**SHELF, "live": 1, "last": 1}):
                try:
                    await self._books.insert_one(one)
                except DuplicateKeyError:
                    continue

    async def shelf(self) -> Shelf:
        with translating_errors():
            shelf = await self._shelf()
            live, beside = await self._book(shelf["live"]), shelf.get("beside")
            if beside is None:
                return Shelf(live)
            left = await self._database[f"stale_{beside}"].estimated_document_count()
            return Shelf(live, await self._book(beside), shelf["state"], left)

    async def formula(self, number: int) -> Formula:
        known = self._formulas.get(number)
        if known is not None:
            return known
        with translating_errors():
            return self._formulas.read(number, (await self._book(number)).document)

    async def begin(self, document: FormulaDocument, *, announce: bool) -> int:
        now = epoch_ms(self._clock.now())
        with translating_errors():
            following: Document = {"last": {"$add": ["$last", 1]}, "changed": "$$NOW"}
            shelf = _known(await self._books.find_one_and_update(SHELF, [{"$set": following}]))
            number = int(shelf["last"]) + 1
            await self._make_collections(number, shelf["live"])
            book = _document(number, document.version, document, now, announce=announce)
            await self._books.insert_one(book)
            begun = {"beside": number, "state": "begun"}
            if not await self._exchange({"beside": None}, [{"$set": begun}]):
                raise Conflict("another book stands beside the live one")
        return number

    async def discard(self, number: int) -> None:
        with translating_errors():
            if (await self._shelf()).get("beside") != number:
                return
            gone: Document = {"$unset": ["beside", "state"]}
            if not await self._exchange({"beside": number}, [gone]):
                raise Conflict("the books are being exchanged; try again")

    async def tidy(self) -> None:
        with translating_errors():
            shelf = await self._shelf()
            kept = {shelf["live"], shelf.get("beside")}
            since = {"$subtract": ["$$NOW", LEFT_ALONE_MS]}
            if not await self._books.count_documents(
                {**SHELF, "$expr": {"$lt": [{"$ifNull": ["$changed", 0]}, since]}}
            ):
                return
            async for book in self._books.find({"_id": {"$type": "number"}}, {"_id": 1}):
                if book["_id"] not in kept and book["_id"] <= shelf["last"]:
                    for name in COLLECTIONS:
                        await self._database[f"{name}_{book['_id']}"].drop()
                    await self._books.delete_one(book)

    async def conclude(self, number: int, state: Literal["built", "failed"], report: str) -> None:
        building = {**SHELF, "beside": number, "state": "building"}
        with translating_errors():
            await self._books.update_one({"_id": number}, {"$set": {"report": report}})
            await self._books.update_one(building, {"$set": {"state": state}})

    async def hold(self, seconds: float) -> str | None:
        token = secrets.token_hex(8)
        until = {"$add": ["$$NOW", round(seconds * 1000)]}
        with translating_errors():
            free = [{"hold": None}, {"$expr": {"$lte": ["$hold.until", "$$NOW"]}}]
            held = await self._books.update_one(
                {**SHELF, "$or": free}, [{"$set": {"hold": {"token": token, "until": until}}}]
            )
            if held.modified_count == 0:
                return None
            # Each waits for the transaction that has written to it, if there is one.
            positions = self._database["positions"]
            async for position in positions.find({}, {"_id": 1}):
                await positions.update_one(position, {"$set": {"held": token}})
        return token

    async def switch(self, token: str, number: int) -> bool:
        now = epoch_ms(self._clock.now())
        with translating_errors():
            if await self._database[f"stale_{number}"].find_one({}) is not None:
                return False
            await self._books.update_one({"_id": number}, {"$set": {"switched": now}})
            swapped: list[Document] = [
                {
                    "$set": {
                        "live": "$beside",
                        "beside": "$live",
                        "state": "previous",
                        "changed": "$$NOW",
                    }
                },
                {"$unset": "hold"},
            ]
            ours = {**SHELF, "hold.token": token, "beside": number}
            switched = await self._books.update_one(ours, swapped)
        self._live.forget()
        return switched.modified_count == 1

    async def release(self, token: str) -> None:
        with translating_errors():
            ours = {**SHELF, "hold.token": token}
            await self._books.update_one(ours, {"$unset": {"hold": ""}})

    async def lift(self) -> None:
        """End a hold that has run out."""
        over = {**SHELF, "$expr": {"$lte": ["$hold.until", "$$NOW"]}}
        with translating_errors():
            await self._books.update_one(over, {"$unset": {"hold": ""}})

    async def changing(self, session: AsyncClientSession, *, touch: bool = False) -> Live:
        """The live book, for a transaction that changes it, and that writes to a position which
        has been there before, or asks to `touch` the shelf. Raises OnHold."""
        if touch:
            counted: Document = {"$inc": {"changes": 1}}
            shelf = await self._books.find_one_and_update(SHELF, counted, session=session)
        else:
            shelf = await self._books.find_one(SHELF, session=session)
        if shelf is not None and shelf.get("hold"):
            raise OnHold
        return await self._read(_known(shelf))

    async def current(self, session: AsyncClientSession) -> tuple[Live, str | None]:
        """The live book, and the state of the one beside."""
        shelf = _known(await self._books.find_one(SHELF, session=session))
        return await self._read(shelf), shelf.get("state")

    async def mark_stale(
        self, live: Live, customers: Collection[str], session: AsyncClientSession
    ) -> None:
        """Have the book beside the live one follow what changes of these customers."""
        if live.beside is None or not customers:
            return
        marked = {"$set": {"stamp": secrets.randbits(62)}}
        await self._database[f"stale_{live.beside}"].bulk_write(
            [UpdateOne({"_id": customer}, marked, upsert=True) for customer in customers],
            ordered=False,
            session=session,
        )

    async def _scored_by(self) -> str | None:
        """The version that a ledger older than books was scored by, which kept no document of
        it."""
        newest = await self._database["ledger_1"].find_one({}, sort=[("$natural", -1)])
        return None if newest is None else newest["formula"]

    async def _exchange(self, expected: Document, change: list[Document]) -> bool:
        """Change what stands beside the live book while nobody changes that; False where it is
        not what was expected, or held."""
        token = await self.hold(_HOLD_SECONDS)
        if token is None:
            return False
        ours = {**SHELF, **expected, "hold.token": token}
        now: Document = {"$set": {"changed": "$$NOW"}}
        changed = await self._books.update_one(ours, [*change, now, {"$unset": "hold"}])
        if changed.modified_count == 0:
            await self.release(token)
        self._live.forget()
        return changed.modified_count == 1

    async def _make_collections(self, number: int, like: int) -> None:
        """With the indexes that those of another book have."""
        for name in COLLECTIONS:
            made = self._database[f"{name}_{number}"]
            indexes = await self._database[f"{name}_{like}"].index_information()
            for index, options in indexes.items():
                if index != "_id_":
                    options.pop("v", None)
                    options.pop("ns", None)
                    await made.create_index(options.pop("key"), name=index, **options)

    async def _load(self) -> Live:
        with translating_errors():
            return await self._read(await self._shelf())

    async def _read(self, shelf: Document) -> Live:
        number = shelf["live"]
        return Live(number, await self.formula(number), shelf.get("beside"))

    async def _shelf(self) -> Document:
        return _known(await self._books.find_one(SHELF))

    async def _book(self, number: int) -> Book:
        found = _known(await self._books.find_one({"_id": number}))
        return Book(
            number,
            found["version"],
            found["document"],
            found["created"],
            found.get("switched"),
            found.get("announce", False),
            found.get("report"),
        )


def _known(found: Document | None) -> Document:
    if found is None:
        raise Unavailable("MongoDB: the book is not there")
    return found


def _document(
    number: int, version: str, document: FormulaDocument, now: int, *, announce: bool = False
) -> Document:
    return {
        "_id": number,
        "version": version,
        "document": document.text,
        "created": now,
        "announce": announce,
    }
