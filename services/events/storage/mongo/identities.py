"""Who is who in MongoDB."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import DeleteOne
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import BulkWriteError

from services.events.domain.identity import By, Link, Linked, is_alias
from services.events.domain.linking import LONGEST_CHAIN, Plan, plan
from shared.storage.mongo import duplicates, translating_errors

Document = dict[str, Any]


async def create_identities_indexes(database: AsyncDatabase[Document]) -> None:
    """Who stands behind a target is asked as often as what an alias stands for."""
    await database["identities"].create_index("target")


class MongoIdentities:
    """One document an alias."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._identities = database["identities"]

    async def resolve(self, aliases: Collection[str]) -> Mapping[str, str]:
        """Level by level, all aliases at once."""
        places = {alias: alias for alias in aliases}
        found: dict[str, str] = {}
        for _ in range(LONGEST_CHAIN):
            steps = await self._steps(set(places.values()))
            places = {alias: steps[place] for alias, place in places.items() if place in steps}
            found |= {alias: place for alias, place in places.items() if not is_alias(place)}
            places = {alias: place for alias, place in places.items() if is_alias(place)}
            if not places:
                break
        return found

    async def link(
        self, links: Sequence[Link], by: By, now: datetime, *, move: bool = False
    ) -> Sequence[Link]:
        while links:
            planned = plan(links, await self._known(links), move=move)
            made = await self._write(planned, by, now)
            closed = await self._closed(made)
            await self.unlink(closed)
            if len(made) == len(planned.made):
                return [*planned.refused, *closed]
        return []

    async def unlink(self, links: Collection[Link]) -> int:
        if not links:
            return 0
        with translating_errors():
            result = await self._identities.bulk_write(
                [DeleteOne({"_id": link.alias, "target": link.target}) for link in links],
                ordered=False,
            )
        return result.deleted_count

    async def get(self, aliases: Collection[str]) -> Sequence[Linked]:
        return await self._find({"_id": {"$in": list(aliases)}})

    async def leading_to(
        self, subjects: Collection[str], *, leaving_out: Sequence[str] = ()
    ) -> Sequence[Linked]:
        beginnings = "|".join(map(re.escape, leaving_out))
        others = {"_id": {"$not": re.compile(f"^(?:{beginnings})")}} if leaving_out else {}
        found: dict[str, Linked] = {}
        level: Collection[str] = set(subjects)
        for _ in range(LONGEST_CHAIN):
            links = await self._find({"target": {"$in": list(level)}, **others})
            news = {one.alias: one for one in links}
            level = news.keys() - found.keys()
            found |= news
            if not level:
                break
        return list(found.values())

    async def starting_with(self, prefix: str, limit: int) -> Sequence[Linked]:
        return await self._find({"_id": {"$regex": f"^{re.escape(prefix)}"}}, limit)

    async def forget(self, subjects: Collection[str]) -> None:
        some = {"$in": list(subjects)}
        with translating_errors():
            await self._identities.delete_many({"$or": [{"_id": some}, {"target": some}]})

    async def _write(self, planned: Plan, by: By, now: datetime) -> list[Link]:
        """Those of which nobody else has written about the alias meanwhile."""
        said = {"since": now, "by": by}
        new = [link for link in planned.made if link.alias not in planned.replaced]
        made = await self._insert(new, said)
        with translating_errors():
            for link in planned.made:
                if (before := planned.replaced.get(link.alias)) is not None:
                    result = await self._identities.replace_one(
                        {"_id": link.alias, "target": before}, {"target": link.target, **said}
                    )
                    made += [link] * result.matched_count
        return made

    async def _insert(self, links: Sequence[Link], said: Document) -> list[Link]:
        """Those whose alias was not there."""
        if not links:
            return []
        taken: set[int] = set()
        with translating_errors():
            try:
                await self._identities.insert_many(
                    [{"_id": link.alias, "target": link.target, **said} for link in links],
                    ordered=False,
                )
            except BulkWriteError as error:
                taken = duplicates(error)
        return [link for index, link in enumerate(links) if index not in taken]

    async def _closed(self, made: Sequence[Link]) -> list[Link]:
        """Links that, with what somebody else made at the same time, lead back to themselves."""
        some = [link for link in made if is_alias(link.target)]
        if not some:
            return []
        known = await self._known(some)
        return [link for link in some if _returns(link.alias, known)]

    async def _known(self, links: Sequence[Link]) -> dict[str, str]:
        """All that `plan` has to know of these links."""
        below = await self.leading_to({link.alias for link in links})
        known = {one.alias: one.target for one in below}
        level = {subject for link in links for subject in (link.alias, link.target)}
        for _ in range(LONGEST_CHAIN + 1):
            steps = await self._steps(level)
            level = set(steps.values()) - known.keys()
            known |= steps
            if not level:
                break
        return known

    async def _steps(self, aliases: Iterable[str]) -> dict[str, str]:
        return {one.alias: one.target for one in await self.get(list(aliases))}

    async def _find(self, wanted: Document, limit: int = 0) -> list[Linked]:
        if {"$in": []} in wanted.values():
            return []
        with translating_errors():
            found = self._identities.find(wanted).limit(limit)
            if limit:
                found = found.sort("_id", 1)
            return [
                Linked(one["_id"], one["target"], one["since"], one["by"]) async for one in found
            ]


def _returns(alias: str, known: Mapping[str, str]) -> bool:
    place = known.get(alias)
    for _ in range(LONGEST_CHAIN + 1):
        if place is None or place == alias:
            break
        place = known.get(place)
    return place == alias
