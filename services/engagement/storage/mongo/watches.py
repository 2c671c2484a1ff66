"""What has been noticed of customers, in MongoDB's documents of profiles."""

from typing import Any

import msgspec
from pymongo.asynchronous.database import AsyncDatabase

from services.engagement.domain.watch import UNWATCHED, Watch

Document = dict[str, Any]

LOOK_SOON: Document = {"$set": {"due": 0}}
"""The update of profiles that were changed by something else than acts."""


async def add_due(database: AsyncDatabase[Document]) -> None:
    """A migration. `due` of a profile is its watch's, or until when somebody is looking."""
    profiles = database["profiles_1"]
    await profiles.create_index("due", sparse=True)
    await profiles.update_many({"watch": {"$exists": False}}, LOOK_SOON)


def watch_of(found: Document) -> Watch:
    """The watch of a profile's document."""
    watch = found.get("watch")
    return UNWATCHED if watch is None else msgspec.convert(watch, Watch)


def with_watch(update: Document, watch: Watch) -> Document:
    """`update` of a profile, together with what was noticed as its acts were scored; nobody is due
    later for it."""
    noticed = {"watch": msgspec.to_builtins(watch)}
    whole = {**update, "$set": {**update.get("$set", {}), **noticed}}
    if watch.due is not None:
        whole["$min"] = {**update.get("$min", {}), "due": watch.due}
    return whole


def replaced_watch(watch: Watch) -> Document:
    """The update of a profile with what was noticed, and with when it is due next."""
    update: Document = {"$set": {"watch": msgspec.to_builtins(watch)}, "$unset": {"claim": ""}}
    if watch.due is None:
        update["$unset"]["due"] = ""
    else:
        update["$set"]["due"] = watch.due
    return update
