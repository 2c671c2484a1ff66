"""What the notifier reads of requite.customers.v1."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.notifier.domain.consent import Consent
from services.notifier.domain.customer import Customer
from services.notifier.domain.customer import Record as About
from services.notifier.inbound.customers_topic import CustomersTopic
from services.notifier.ports.stores import Stores
from services.notifier.storage.sqlite import MIGRATIONS, sqlite_stores
from services.notifier.use_cases.customers import KeepCustomers
from shared.clock import ManualClock, epoch_ms
from shared.contracts import customers
from shared.contracts.cloudevents.timestamp import parse_timestamp
from shared.contracts.topics import CUSTOMERS
from shared.messaging.handler import DeadLetter
from shared.messaging.ports import Record
from shared.storage.sqlite import open_database
from tests.services.notifier.builders import GRANTED, NOW, customer_record, make_batch, make_record
from tests.services.notifier.storage.asking import KEY, known

REFUSED = customers.Consent(
    purpose="promotion", channel="any", state="withdrawn", time="2026-02-01T00:00:00Z"
)
TOMBSTONE = Record(b"c-1", None, [])


class Bench:
    """The topic on real stores; `suppressed` are the ids whose addresses were, as they were
    known then."""

    def __init__(self, stores: Stores) -> None:
        self.stores = stores
        self.suppressed: list[Customer] = []
        keep = KeepCustomers(stores, ManualClock(NOW), lambda: None, self.suppress)
        self.topic = CustomersTopic(keep)

    async def suppress(self, customer: str) -> None:
        self.suppressed.append(await known(self.stores, customer))

    async def tell(self, *records: Record) -> list[DeadLetter]:
        return list(await self.topic(make_batch(CUSTOMERS.name, *records)))


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_database(tmp_path / "notifier.sqlite", MIGRATIONS) as database:
        yield Bench(sqlite_stores(database, KEY))


async def test_everything_is_kept_as_told(bench: Bench) -> None:
    record: dict[str, Any] = {
        "phone": "+351912345678",
        "time_zone": "Europe/Lisbon",
        "country": "PT",
        "addresses": {"push": "token:1"},
        "excluded": "staff",
    }
    expiring = customers.Consent(
        purpose="survey",
        channel="push",
        state="granted",
        time="2026-01-01T01:00:00+01:00",
        source="checkout",
        wording="v2",
        expires="2027-01-01T00:00:00Z",
    )
    assert await bench.tell(customer_record(consents=(expiring,), **record)) == []
    customer = await known(bench.stores)
    assert customer.record == About(
        revision=1, name="Ada", email="ada@example.org", locale="en", **record
    )
    assert customer.consents == (
        Consent(
            purpose="survey",
            channel="push",
            state="granted",
            time=ms("2026-01-01T00:00:00Z"),
            source="checkout",
            wording="v2",
            expires=ms("2027-01-01T00:00:00Z"),
        ),
    )


async def test_of_several_records_the_newest_counts_with_the_consents_of_all(
    bench: Bench,
) -> None:
    await bench.tell(
        customer_record(revision=3, name="Ada L.", consents=(REFUSED,)),
        customer_record(revision=2, name="Ada"),
    )
    customer = await known(bench.stores)
    assert customer.name == "Ada L."
    assert [one.state for one in customer.consents] == ["granted", "withdrawn"]


async def test_one_who_was_merged_stands_for_the_other(bench: Bench) -> None:
    merged = customers.Customer(revision=2, merged_into="c-2")
    await bench.tell(
        customer_record(),
        customer_record("c-2", name="Ada L."),
        make_record(customers.CUSTOMER, merged, "c-1"),
    )
    customer = await known(bench.stores, "c-1")
    assert (customer.id, customer.name) == ("c-2", "Ada L.")


async def test_addresses_are_suppressed_while_they_are_known_then_all_is_gone(
    bench: Bench,
) -> None:
    await bench.tell(customer_record())
    await bench.tell(TOMBSTONE)
    (suppressed,) = bench.suppressed
    assert suppressed.address("email") == "ada@example.org"
    customer = await known(bench.stores)
    assert (customer.record, customer.erased) == (None, True)


async def test_one_who_comes_back_in_the_same_batch_was_erased_all_the_same(bench: Bench) -> None:
    await bench.tell(customer_record(consents=(REFUSED,)))
    await bench.tell(TOMBSTONE, customer_record(revision=9, name="Bea"))
    assert len(bench.suppressed) == 1
    customer = await known(bench.stores)
    assert (customer.name, customer.erased) == ("Bea", False)
    assert [one.purpose for one in customer.consents] == [GRANTED.purpose]


async def test_a_time_that_is_none_is_told_with_its_place(bench: Bench) -> None:
    wrong: dict[str, Any] = {"purpose": "thanks", "channel": "email", "state": "granted"}
    refused = await bench.tell(
        customer_record(consents=(GRANTED, {**wrong, "time": "yesterday"})),
        customer_record(consents=({**wrong, "time": "2026-01-01T00:00:00Z", "expires": "x"},)),
        make_record(customers.CUSTOMER, {"revision": "new"}),
        make_record("io.requite.else.v1", {}),
        customer_record("c-2"),
    )
    assert [one.reason.partition(":")[0] for one in refused] == [
        "/data/consents/1/time",
        "/data/consents/0/expires",
        "/data",
    ]
    assert (await known(bench.stores, "c-2")).name == "Ada"


def ms(text: str) -> int:
    return epoch_ms(parse_timestamp(text))
