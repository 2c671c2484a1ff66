"""Invitations in MongoDB."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

import msgspec
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from services.events.domain.evidence import Trace
from services.events.domain.invitation import Invitation
from shared.errors import Conflict
from shared.storage.mongo import translating_errors

Document = dict[str, Any]

_TRACES = msgspec.json.Decoder(tuple[Trace, ...])
_CONFIRMED = msgspec.json.Decoder(tuple[tuple[str, datetime], ...])
_VISITORS_SECONDS = 2 * 24 * 3600


async def create_invitations_indexes(database: AsyncDatabase[Document]) -> None:
    """One invitation a referrer; visitors are dropped by the server."""
    await database["invitations"].create_index("referrer", unique=True)
    await database["invitation_visits"].create_index("at", expireAfterSeconds=_VISITORS_SECONDS)
    await database["invitation_visits"].create_index("code")


class MongoInvitations:
    """One document an invitation, and one for each visitor of today."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._invitations = database["invitations"]
        self._visits = database["invitation_visits"]

    async def add(self, invitation: Invitation) -> Invitation:
        there = await self.of(invitation.referrer)
        if there is not None:
            return there
        document = {
            "_id": invitation.code,
            "referrer": invitation.referrer,
            "invited_at": invitation.invited_at,
            "visits": invitation.visits,
            "visited_at": invitation.visited_at,
            "version": invitation.version,
            **_body(invitation),
        }
        with translating_errors():
            try:
                await self._invitations.insert_one(document)
            except DuplicateKeyError:
                there = await self.of(invitation.referrer)
                if there is None:
                    raise Conflict("the code is taken") from None
                return there
        return invitation

    async def get(self, code: str) -> Invitation | None:
        return await self._find({"_id": code})

    async def of(self, referrer: str) -> Invitation | None:
        return await self._find({"referrer": referrer})

    async def change(self, invitation: Invitation) -> bool:
        with translating_errors():
            changed = await self._invitations.update_one(
                {"_id": invitation.code, "version": invitation.version},
                {"$set": _body(invitation), "$inc": {"version": 1}},
            )
        return changed.matched_count > 0

    async def count_visit(self, code: str, visitor: str, now: datetime) -> bool:
        day = now.astimezone(UTC).date().isoformat()
        with translating_errors():
            try:
                await self._visits.insert_one(
                    {"_id": f"{day} {code} {visitor}", "code": code, "at": now}
                )
            except DuplicateKeyError:
                return False
            await self._invitations.update_one({"_id": code}, {"$inc": {"visits": 1}})
            await self._invitations.update_one(
                {"_id": code, "visited_at": None}, {"$set": {"visited_at": now}}
            )
        return True

    async def forget(self, subjects: Collection[str]) -> None:
        with translating_errors():
            for subject in subjects:
                invitation = await self.of(subject)
                if invitation is not None:
                    await self._visits.delete_many({"code": invitation.code})
                    await self._invitations.delete_one({"_id": invitation.code})

    async def _find(self, wanted: Document) -> Invitation | None:
        with translating_errors():
            found = await self._invitations.find_one(wanted)
        if found is None:
            return None
        return Invitation(
            code=found["_id"],
            referrer=found["referrer"],
            invited_at=found["invited_at"],
            visits=found["visits"],
            visited_at=found["visited_at"],
            traces=_TRACES.decode(found["traces"]),
            confirmed=_CONFIRMED.decode(found["confirmed"]),
            version=found["version"],
        )


def _body(invitation: Invitation) -> Document:
    return {
        "traces": msgspec.json.encode(invitation.traces),
        "confirmed": msgspec.json.encode(invitation.confirmed),
    }
