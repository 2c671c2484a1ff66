"""The suites against a real MongoDB."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from services.notifier.domain.attention import Attention, Charge
from services.notifier.domain.consent import Consent
from services.notifier.domain.customer import Customer, Record
from services.notifier.ports.stores import Stores
from services.notifier.storage.fields import customer_key
from services.notifier.storage.mongo import MIGRATIONS, mongo_stores
from shared.storage.mongo import Database, Document, migrate, open_mongo
from tests.services.notifier.builders import DAY, TIME
from tests.services.notifier.storage.asking import KEY
from tests.services.notifier.storage.suite import StoresSuite


@pytest.fixture
async def database(mongodb_url: str) -> AsyncIterator[Database]:
    """A database of the test's own, without anything."""
    async with open_mongo(mongodb_url, f"test_{uuid4().hex[:12]}") as database:
        yield database
        await database.client.drop_database(database.name)


@pytest.mark.live
class TestMongoStores(StoresSuite):
    @pytest.fixture
    async def stores(self, database: Database) -> Stores:
        await migrate(database, MIGRATIONS)
        return mongo_stores(database, KEY)


OLD_CUSTOMERS: tuple[Document, ...] = (
    {"revision": 3, "name": "$Ada", "email": "ada@example.org", "thanks": "granted"},
    {"revision": 1, "thanks": "granted", "surveys": "withdrawn", "cases": ["k-1"]},
    {"revision": 2, "merged_into": "c-2", "customer": "c-3"},
    {"erased": True},
)
"""Of c-1, c-2 and so on."""


def old_decision(id: str, **more: object) -> Document:
    """As version 2 kept it."""
    act = {"act_source": "/shop", "act_id": id, "act_type": "t", "act_time": "2026-03-01T12:00:00Z"}
    rest = {"customer": "c-1", "kind": "purchase", "time": TIME, "announced": True, "revision": 0}
    return {"_id": id, **act, **rest, "decided_at": TIME + 1, **more}


def old_message(id: str, **more: object) -> Document:
    """As version 2 kept it."""
    known = {"customer": "c-1", "rule": "purchase", "channel": "email", "attempts": 1}
    return {"_id": id, **known, "created_at": TIME + 1, "announced": True, **more}


@pytest.mark.live
async def test_what_was_kept_for_one_mail_a_purchase_stands(database: Database) -> None:
    await migrate(database, MIGRATIONS[:2])
    await database["customers"].insert_many(
        {"_id": customer_key(f"c-{n}"), **old} for n, old in enumerate(OLD_CUSTOMERS, 1)
    )
    await database["decisions"].insert_many(
        [
            old_decision("d-1", verdict="thanked", reason="rule_applies", rule="r", message_id="m"),
            old_decision("d-2", verdict="held", reason="open_case", rule="r", due=TIME + 9),
            old_decision("d-3", verdict="suppressed", reason="no_rule"),
        ]
    )
    await database["messages"].insert_many(
        [
            old_message("m-1", decision_id="d-1", status="sent", finished_at=TIME + 5),
            old_message("m-2", decision_id="d-0", status="waiting", due=TIME + 1),
            old_message("m-3", decision_id="d-0", status="sent", created_at=TIME - 100 * DAY),
        ]
    )
    await migrate(database, MIGRATIONS)
    for _ in range(2):
        await check_the_upgrade(mongo_stores(database, KEY))
        await MIGRATIONS[2](database)


async def check_the_upgrade(stores: Stores) -> None:
    granted = Consent(purpose="thanks", channel="email", state="granted", time=0)
    refused = Consent(purpose="survey", channel="email", state="withdrawn", time=0)
    assert await stores.customers.customers(["c-1", "c-2", "c-3", "c-4"]) == {
        "c-1": Customer(
            "c-1",
            Record(revision=3, name="$Ada", email="ada@example.org"),
            consents=(granted,),
            attention=Attention((Charge("m-1", TIME + 5, "thanks"),)),
        ),
        **dict.fromkeys(
            ("c-2", "c-3"),
            Customer(
                "c-2",
                Record(revision=1),
                consents=(refused, granted),
                open_cases=frozenset(("k-1",)),
            ),
        ),
        "c-4": Customer("c-4", erased=True),
    }
    decisions = await stores.decisions.known(["d-1", "d-2", "d-3"])
    assert {(d.arrived_at, d.decided_at) for d in decisions.values()} == {(TIME + 1, TIME + 1)}
    assert {id: (d.purpose, d.channel) for id, d in decisions.items()} == {
        "d-1": ("thanks", "email"),
        "d-2": ("thanks", None),
        "d-3": (None, None),
    }
    assert await stores.decisions.due(TIME + 9, 10) == ["c-1"]
    assert await stores.decisions.held(["c-1"]) == {"c-1": [decisions["d-2"]]}
    sent, waiting = [await stores.messages.message(id) for id in ("m-1", "m-2")]
    assert sent is not None
    assert waiting is not None
    assert (sent.purpose, sent.since) == ("thanks", TIME)
    assert (waiting.purpose, waiting.since) == ("thanks", TIME + 1)
    (claimed,) = await stores.messages.claim("email", "t", TIME + 1, TIME + 1, 10)
    assert claimed.message == waiting
