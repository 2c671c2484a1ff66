"""Reads of concurrent requests joined to one query, which costs the server little more than one."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Generic, TypeVar

from services.engagement.domain.ledger import Entry
from services.engagement.domain.profile import Profile
from services.engagement.domain.timeline import Place
from services.engagement.ports.scores import ScoreReads, Totals

T = TypeVar("T")
Load = Callable[[Sequence[str]], Awaitable[Mapping[str, T]]]
_MOST = 200


class _Joined(Generic[T]):
    """One query at a time; what is asked meanwhile goes into the next."""

    def __init__(self, load: Load[T]) -> None:
        self._load = load
        self._waiting: dict[str, asyncio.Future[T | None]] = {}
        self._running: asyncio.Task[None] | None = None

    async def get(self, keys: Sequence[str]) -> dict[str, T]:
        """The values of those keys that have one."""
        if len(keys) > _MOST:
            return dict(await self._load(keys))
        futures = {key: self._ask(key) for key in keys}
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        found = {key: await asyncio.shield(future) for key, future in futures.items()}
        return {key: value for key, value in found.items() if value is not None}

    def _ask(self, key: str) -> "asyncio.Future[T | None]":
        if key not in self._waiting:
            self._waiting[key] = asyncio.get_running_loop().create_future()
        return self._waiting[key]

    async def _run(self) -> None:
        while self._waiting:
            batch = dict(list(self._waiting.items())[:_MOST])
            for key in batch:
                del self._waiting[key]
            try:
                found = await self._load(list(batch))
            except Exception as error:
                for future in batch.values():
                    future.set_exception(error)
                    future.exception()  # seen, even if every asker has gone
            else:
                for key, future in batch.items():
                    future.set_result(found.get(key))
        self._running = None


class CoalescedReads:
    """ScoreReads in front of a store; answers are as fresh as without it."""

    def __init__(self, store: ScoreReads) -> None:
        self._store = store
        self._profiles = _Joined(store.profiles)
        self._entries: dict[int, _Joined[Sequence[Entry]]] = {}

    async def profiles(self, customers: Sequence[str]) -> Mapping[str, Profile]:
        return await self._profiles.get(customers)

    async def heaviest(self, customers: Sequence[str], most: int) -> Mapping[str, Sequence[Entry]]:
        if most not in self._entries:

            async def load(keys: Sequence[str]) -> Mapping[str, Sequence[Entry]]:
                return await self._store.heaviest(keys, most)

            self._entries[most] = _Joined(load)
        return await self._entries[most].get(customers)

    async def entries(self, customers: Sequence[str]) -> Sequence[Entry]:
        return await self._store.entries(customers)

    async def recent(self, customer: str, before: Place | None, most: int) -> Sequence[Entry]:
        return await self._store.recent(customer, before, most)

    async def who_did(
        self, customers: Sequence[str], kind: str, since: int, until: int
    ) -> Collection[str]:
        return await self._store.who_did(customers, kind, since, until)

    async def scan(self, after: str, most: int) -> Sequence[Profile]:
        return await self._store.scan(after, most)

    async def survivors(self, customers: Sequence[str]) -> Mapping[str, str]:
        return await self._store.survivors(customers)

    async def family(self, customer: str) -> Collection[str]:
        return await self._store.family(customer)

    async def totals(self) -> Totals:
        return await self._store.totals()
