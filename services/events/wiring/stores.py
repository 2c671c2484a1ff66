"""Which stores."""

from contextlib import AbstractAsyncContextManager

from services.events.ports.stores import Stores
from services.events.storage.mongo.opening import open_mongo_stores
from services.events.storage.sqlite.opening import open_sqlite_stores
from shared.config import Settings


def open_stores(settings: Settings) -> AbstractAsyncContextManager[Stores]:
    """Raises Unavailable if they can't be reached."""
    if settings.storage == "mongodb":
        return open_mongo_stores("requite_events", settings)
    return open_sqlite_stores(settings.data_dir / "events.sqlite", settings)
