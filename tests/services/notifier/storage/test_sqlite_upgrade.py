"""A file of the release that knew mails for purchases only, read by this one."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.notifier.domain.attention import Charge
from services.notifier.domain.consent import Consent
from services.notifier.domain.customer import Customer, Record
from services.notifier.domain.message import Message, Text
from services.notifier.ports.decisions import UnthankedQuery
from services.notifier.ports.stores import Stores
from services.notifier.storage.fields import customer_key
from services.notifier.storage.sqlite import MIGRATIONS, sqlite_stores
from shared.storage.sqlite import open_database
from tests.services.notifier.builders import DAY, TIME, make_customer, make_plan, tell
from tests.services.notifier.storage.asking import (
    KEY,
    about,
    begin,
    claim,
    everything,
    known,
    messages,
)

OF_THE_RELEASE_BEFORE = 2


def _customer(id: str, **values: object) -> dict[str, object]:
    none = dict.fromkeys(("revision", "name", "email", "locale", "thanks", "surveys"))
    more = {"erased": 0, "customer": None, "merged_into": None}
    return {"key": customer_key(id), **none, **more, **values}


def _decision(id: str, customer: str, verdict: str, **values: object) -> dict[str, object]:
    return {
        "id": f"d-{id}",
        "customer": customer,
        "act_source": "/shop",
        "act_id": id,
        "act_type": "io.requite.act.purchase.v1",
        "act_time": "2026-03-01T12:00:00Z",
        "kind": "purchase",
        "time": TIME - 5,
        "data": b"{}",
        "verdict": verdict,
        "reason": "rule_applies",
        "decided_at": TIME,
        "rule": "purchase",
        "announced": 1,
        "revision": 0,
        **values,
    }


def _message(id: str, customer: str, status: str, **values: object) -> dict[str, object]:
    return {
        "id": f"m-{id}",
        "decision_id": f"d-{id}",
        "customer": customer,
        "rule": "purchase",
        "channel": "email",
        "created_at": TIME,
        "status": status,
        "attempts": 0,
        "announced": 1,
        **values,
    }


_TEXT = {"subject": "Thank you", "body": "You are kind.\n", "language": "en"}
ROWS: dict[str, list[dict[str, object]]] = {
    "customers": [
        _customer("c-1", revision=3, name="Ada", email="ada@example.org", locale="en")
        | {"thanks": "granted", "surveys": "withdrawn"},
        _customer("c-2", revision=1),
        _customer("c-3", revision=2, customer="c-3", merged_into="c-1"),
        _customer("c-4", erased=1),
    ],
    "open_cases": [{"key": customer_key("c-1"), "case_id": "k-1"}],
    "decisions": [
        _decision("sent", "c-1", "thanked", message_id="m-sent", data=None),
        _decision("waiting", "c-3", "thanked", message_id="m-waiting", survey="order"),
        _decision("held", "c-2", "held", reason="no_address", due=TIME + DAY, revision=4),
        _decision("none", "c-2", "suppressed", reason="no_rule", rule=None),
        _decision("gone", "", "thanked", message_id="m-gone"),
    ],
    "messages": [
        _message("sent", "c-1", "sent", finished_at=TIME + 7, attempts=1) | _TEXT,
        _message("failed", "c-1", "failed", finished_at=TIME + 8),
        _message("old", "c-1", "sent", created_at=TIME - 99 * DAY, finished_at=TIME),
        _message("unknown", "c-9", "unknown", finished_at=TIME + 9),
        _message("waiting", "c-3", "waiting", due=TIME),
        _message("gone", "", "erased", due=0),
    ],
}


def _write(connection: sqlite3.Connection) -> None:
    for table, rows in ROWS.items():
        for row in rows:
            places = ", ".join("?" * len(row))
            statement = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})"
            connection.execute(statement, list(row.values()))


class TestUpgrade:
    @pytest.fixture
    async def stores(self, tmp_path: Path) -> AsyncIterator[Stores]:
        path = tmp_path / "notifier.sqlite"
        async with open_database(path, MIGRATIONS[:OF_THE_RELEASE_BEFORE]) as database:
            await database.run(_write)
        async with open_database(path, MIGRATIONS) as database:
            yield sqlite_stores(database, KEY)

    async def test_customers_are_who_they_were(self, stores: Stores) -> None:
        known_then = await about(stores, "c-1", "c-2", "c-3", "c-4", "c-5")
        ada = known_then["c-1"]
        assert ada.record == Record(revision=3, name="Ada", email="ada@example.org", locale="en")
        assert set(ada.consents) == {
            Consent(purpose="thanks", channel="email", state="granted", time=0),
            Consent(purpose="survey", channel="email", state="withdrawn", time=0),
        }
        assert ada.open_cases == {"k-1"}
        assert known_then["c-3"] == ada
        assert known_then["c-2"] == Customer("c-2", Record(revision=1))
        assert known_then["c-4"] == Customer("c-4", erased=True)
        assert known_then["c-5"] == Customer("c-5")

    async def test_what_was_sent_took_attention(self, stores: Stores) -> None:
        assert (await known(stores)).attention.charges == (Charge("m-sent", TIME + 7, "thanks"),)
        (charge,) = (await known(stores, "c-9")).attention.charges
        assert charge == Charge("m-unknown", TIME + 9, "thanks")

    async def test_decisions_say_what_they_said(self, stores: Stores) -> None:
        stood = await everything(stores)
        assert {id: (d.purpose, d.channel, d.arrived_at) for id, d in stood.items()} == {
            "sent": ("thanks", "email", TIME),
            "waiting": ("thanks", "email", TIME),
            "held": ("thanks", None, TIME),
            "none": (None, None, TIME),
            "gone": ("thanks", "email", TIME),
        }
        assert stood["waiting"].survey == "order"
        assert {(d.tried, d.merged_into, d.occasion.order) for d in stood.values()} == {
            ((), None, None)
        }
        assert await stores.decisions.unthanked(UnthankedQuery(9)) == [stood["held"]]
        assert await stores.decisions.due(TIME + DAY, 9) == ["c-2"]

    async def test_what_was_held_is_decided_as_ever(self, stores: Stores) -> None:
        held = (await stores.decisions.held(["c-2"]))["c-2"]
        await stores.customers.put([tell(make_customer("c-2", revision=2))])
        plan = make_plan(held=held, customer=await known(stores, "c-2"))
        assert not await stores.decisions.carry_out([plan])
        assert (await everything(stores))["held"].verdict == "thanked"

    async def test_messages_go_on(self, stores: Stores) -> None:
        whole = {message.id: message for message in await messages(stores)}
        assert whole["m-sent"] == Message(
            id="m-sent",
            decision_id="d-sent",
            customer="c-1",
            rule="purchase",
            purpose="thanks",
            channel="email",
            created_at=TIME,
            since=TIME - 5,
            due=None,
            status="sent",
            attempts=1,
            finished_at=TIME + 7,
            text=Text("Thank you", "You are kind.\n", "en"),
        )
        assert (await claim(stores, "erased")).message.id == "m-gone"
        waiting = await claim(stores)
        assert (waiting.message.id, waiting.customer) == ("m-waiting", await known(stores))
        assert [d.occasion.ref.id for d in waiting.decisions] == ["waiting"]
        assert await begin(stores, waiting)
