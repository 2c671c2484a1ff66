"""What is known of a batch of acts before it is scored, from MongoDB."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase

from services.engagement.domain.act import Act
from services.engagement.domain.ledger import Entry
from services.engagement.domain.profile import Profile
from services.engagement.domain.scoring import Known
from services.engagement.ports.books import Live
from services.engagement.storage import wanted
from services.engagement.storage.mongo.documents import entry_of, profile_of
from services.engagement.storage.mongo.standings import standings
from services.engagement.storage.standing import survivors_of
from shared.storage.redirects import find_redirects

Document = dict[str, Any]


async def read_known(
    database: AsyncDatabase[Document],
    acts: Sequence[Act],
    live: Live,
    session: AsyncClientSession,
) -> Known:
    """What the live book, and what stands of customers, say of a batch."""
    ledger = database[f"ledger_{live.number}"]
    stand = dict(await standings(database, {act.origin for act in acts}, session))
    survivors: dict[str, str] = {}
    if merged := [id for id, one in stand.items() if one.merged_into is not None]:
        survivors = survivors_of(
            merged, await find_redirects(database["customers"], merged, session)
        )
        stand |= await standings(database, set(survivors.values()), session)
    targets = [act.withdraws for act in acts if act.withdraws is not None]
    entries = {
        entry.key: entry
        for entry in await _select(ledger, "_id", wanted.keys(acts, targets), session)
    }
    withdrawn = [entries.get(key) for key in targets]
    orders = wanted.orders(acts, survivors, withdrawn, live.formula)
    awaited = wanted.withdrawals(acts, survivors, stand, targets)
    profiles = await read_profiles(
        database[f"profiles_{live.number}"], wanted.customers(acts, survivors), session
    )
    tracks = wanted.tracks(acts, survivors, withdrawn, profiles, live.formula)
    return Known(
        entries=entries,
        profiles=profiles,
        track_entries=await _select_tracks(ledger, tracks, session),
        order_entries=await _select(ledger, "order", orders, session),
        withdrawals=await _select(ledger, "withdraws", awaited, session),
        excluded=frozenset(id for id, one in stand.items() if one.excluded),
        erased=frozenset(id for id, one in stand.items() if one.erased),
        survivors=survivors,
    )


async def read_profiles(
    profiles: AsyncCollection[Document],
    customers: Sequence[str],
    session: AsyncClientSession | None = None,
) -> Mapping[str, Profile]:
    """Profiles of those customers that have one."""
    query = {"_id": {"$in": list(customers)}}
    found = await profiles.find(query, session=session).to_list(None)
    return {document["_id"]: profile_of(document) for document in found}


async def _select(
    ledger: AsyncCollection[Document],
    member: str,
    values: Collection[str],
    session: AsyncClientSession,
) -> list[Entry]:
    if not values:
        return []
    query = {member: {"$in": list(values)}}
    return [entry_of(one) for one in await ledger.find(query, session=session).to_list(None)]


async def _select_tracks(
    ledger: AsyncCollection[Document], tracks: Mapping[str, int], session: AsyncClientSession
) -> list[Entry]:
    if not tracks:
        return []
    # More than each needs: what lies before the time of one does no harm to it.
    whole = [track for track, since in tracks.items() if not since]
    recent = [track for track, since in tracks.items() if since]
    found: list[Document] = []
    if whole:
        found += await ledger.find({"track": {"$in": whole}}, session=session).to_list(None)
    if recent:
        since = min(tracks[track] for track in recent)
        query = {"track": {"$in": recent}, "time": {"$gte": since}}
        found += await ledger.find(query, session=session).to_list(None)
    return [entry_of(one) for one in found]
