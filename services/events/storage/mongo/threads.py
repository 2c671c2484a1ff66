"""The memory of discussions in MongoDB."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from pymongo import ReplaceOne, UpdateOne
from pymongo.asynchronous.database import AsyncDatabase

from services.events.domain.thread import Entry, TakenBack, Thread, keep
from services.events.ports.threads import RETENTION
from shared.storage.mongo import translating_errors

Document = dict[str, Any]
Key = tuple[str, str]

_ENTRY = msgspec.json.Decoder(Entry)


async def create_thread_indexes(database: AsyncDatabase[Document]) -> None:
    """By thread, by person and by age."""
    entries = database["thread_entries"]
    await entries.create_index([("thread.source", 1), ("thread.id", 1)])
    await entries.create_index("people")
    await entries.create_index("seen_at")
    await database["thread_withdrawals"].create_index("seen_at")


class MongoThreads:
    """One document an entry, one a withdrawal; both by source and id of the act."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._entries = database["thread_entries"]
        self._withdrawals = database["thread_withdrawals"]

    async def remember(self, notes: Sequence[Entry | TakenBack], now: datetime) -> Sequence[Thread]:
        entries = [one for one in notes if isinstance(one, Entry)]
        taken_back = [one.key for one in notes if isinstance(one, TakenBack)]
        with translating_errors():
            await self._expire(now - RETENTION)
            await self._take_back(taken_back, now)
            before = await self._threads({one.thread_key for one in entries})
            if kept := _kept(before, entries):
                await self._entries.bulk_write([_put(one, now) for one in kept], ordered=False)
            touched = before.keys() | {entry.thread_key for entry in await self._found(taken_back)}
            return list((await self._threads(touched)).values())

    async def forget(self, subjects: Collection[str]) -> None:
        with translating_errors():
            await self._entries.delete_many({"people": {"$in": list(subjects)}})

    async def _expire(self, before: datetime) -> None:
        for collection in (self._entries, self._withdrawals):
            await collection.delete_many({"seen_at": {"$lt": before}})

    async def _take_back(self, keys: Sequence[Key], now: datetime) -> None:
        if keys:
            await self._withdrawals.bulk_write(
                [
                    UpdateOne({"_id": _id(key)}, {"$setOnInsert": {"seen_at": now}}, upsert=True)
                    for key in dict.fromkeys(keys)
                ],
                ordered=False,
            )

    async def _found(self, keys: Sequence[Key]) -> list[Entry]:
        if not keys:
            return []
        found = self._entries.find({"_id": {"$in": [_id(key) for key in keys]}})
        return [_ENTRY.decode(one["body"]) async for one in found]

    async def _threads(self, keys: Collection[Key]) -> Mapping[Key, Thread]:
        if not keys:
            return {}
        threads: dict[Key, list[Entry]] = {key: [] for key in sorted(keys)}
        found = self._entries.find(
            {"$or": [{"thread.source": source, "thread.id": id} for source, id in threads]}
        ).sort("_id", 1)
        async for one in found:
            entry = _ENTRY.decode(one["body"])
            threads[entry.thread_key].append(entry)
        every = [entry.key for entries in threads.values() for entry in entries]
        withdrawn = self._withdrawals.find({"_id": {"$in": [_id(key) for key in every]}})
        gone = {(one["_id"]["source"], one["_id"]["id"]) async for one in withdrawn}
        return {key: _thread(key, entries, gone) for key, entries in threads.items()}


def _kept(before: Mapping[Key, Thread], entries: Iterable[Entry]) -> list[Entry]:
    """The last of each id, where there is room for it."""
    threads = dict(before)
    kept: dict[Key, Entry] = {}
    for entry in entries:
        thread = keep(threads[entry.thread_key], entry)
        if thread is not threads[entry.thread_key]:
            kept[entry.key] = entry
        threads[entry.thread_key] = thread
    return list(kept.values())


def _put(entry: Entry, now: datetime) -> ReplaceOne[Document]:
    document = {
        "thread": {"source": entry.source, "id": entry.thread_id},
        "people": [one for one in (entry.author, entry.helper) if one],
        "seen_at": now,
        "body": msgspec.json.encode(entry),
    }
    return ReplaceOne({"_id": _id(entry.key)}, document, upsert=True)


def _id(key: Key) -> Document:
    return {"source": key[0], "id": key[1]}


def _thread(key: Key, entries: Sequence[Entry], gone: Collection[Key]) -> Thread:
    withdrawn = frozenset(entry.id for entry in entries if entry.key in gone)
    return Thread(*key, tuple(entries), withdrawn)
