"""The parts of the notifier on SQLite, and where a test says so on a real MongoDB too."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import uuid4

import pytest

from services.notifier.storage.mongo import MIGRATIONS, mongo_stores
from shared.messaging.ports import MessageLog
from shared.storage.mongo import migrate, open_mongo
from tests.services.notifier.parts import KEY, Letterbox, Parts, open_parts

Opened = tuple[Parts, MessageLog]


@pytest.fixture
def box() -> Letterbox:
    return Letterbox()


@pytest.fixture
async def opened(
    request: pytest.FixtureRequest, tmp_path: Path, box: Letterbox
) -> AsyncIterator[Opened]:
    """The parts and their log."""
    async with AsyncExitStack() as stack:
        stores = None
        if getattr(request, "param", "sqlite") == "mongo":
            url = request.getfixturevalue("mongodb_url")
            name = f"test_{uuid4().hex[:12]}"
            database = await stack.enter_async_context(open_mongo(url, name))
            stack.push_async_callback(database.client.drop_database, name)
            await migrate(database, MIGRATIONS)
            stores = mongo_stores(database, KEY)
        yield await stack.enter_async_context(open_parts(tmp_path, box, stores))


@pytest.fixture
def parts(opened: Opened) -> Parts:
    return opened[0]
