"""The suites against SQLite, and what is SQLite's own."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.notifier.domain.marks import Mark
from services.notifier.domain.message import Text
from services.notifier.ports.messages import Finish
from services.notifier.ports.stores import Stores
from services.notifier.storage.sqlite import MIGRATIONS, end_leases, sqlite_stores
from shared.storage.sqlite import open_database
from tests.services.notifier.builders import TIME, make_customer, make_occasion, tell
from tests.services.notifier.storage.asking import (
    KEY,
    TEXT,
    begin,
    beginning,
    claim,
    claims,
    planned,
)
from tests.services.notifier.storage.customers_suite import REFUSED, SAID, WEEKLY
from tests.services.notifier.storage.suite import StoresSuite


class TestSqliteStores(StoresSuite):
    @pytest.fixture
    async def stores(self, tmp_path: Path) -> AsyncIterator[Stores]:
        async with open_database(tmp_path / "notifier.sqlite", MIGRATIONS) as database:
            yield sqlite_stores(database, KEY)


async def test_no_byte_of_an_erased_customer_is_left_in_any_file(tmp_path: Path) -> None:
    secrets = ("who-was-here", "ada@example", "+346000", "kind of you", "order-77", "0af7651916")
    async with open_database(tmp_path / "notifier.sqlite", MIGRATIONS) as database:
        stores = sqlite_stores(database, KEY)
        ada = make_customer("who-was-here", email="ada@example.org", phone="+34600000000")
        await stores.customers.put([tell(ada)])
        await stores.customers.mark({ada.id: [Mark(kind="refund", key="order-77", opened=TIME)]})
        await stores.customers.prefer(ada.id, WEEKLY, [REFUSED], SAID)
        await planned(stores, make_occasion("1", ada.id, order="order-77"))
        await planned(stores, make_occasion("2", ada.id, order="order-77"), able=False)
        text = Text("So kind of you", "So kind of you", "en", "<p>So kind of you</p>")
        assert await stores.messages.begin([replace(beginning(await claim(stores)), text=text)])
        assert all(secret in _bytes(tmp_path) for secret in secrets)
        await stores.customers.erase(ada.id)
        assert [secret for secret in secrets if secret in _bytes(tmp_path)] == []


def _bytes(folder: Path) -> str:
    return "".join(path.read_bytes().decode("latin-1") for path in folder.iterdir())


async def test_the_leases_of_a_process_that_died_end_with_the_next_start(tmp_path: Path) -> None:
    async with open_database(tmp_path / "notifier.sqlite", MIGRATIONS) as database:
        stores = sqlite_stores(database, KEY)
        await planned(stores, make_occasion())
        died = await claim(stores, "died")
        assert await begin(stores, died)
        await end_leases(database)
        taken_over = await claim(stores, "next", TIME + 1)
        assert (taken_over.message.status, taken_over.message.text) == ("sending", TEXT)
        await stores.messages.finish([Finish(taken_over, "sent", TIME + 2, None)])
        await end_leases(database)
        assert await claims(stores, "again", TIME + 3) == []
