"""requite.customers.v1: a tombstone erases, a record welcomes back, merges or parts."""

from collections.abc import Sequence

import msgspec

from services.engagement.domain.customer import CustomerRecord
from services.engagement.ports.customers import CustomerStore
from shared.contracts.cloudevents import kafka_binding
from shared.contracts.customers import CUSTOMER
from shared.errors import Invalid
from shared.messaging.handler import DeadLetter
from shared.messaging.ports import Batch, Delivery
from shared.messaging.reading import read_each


class _Customer(msgspec.Struct):
    """Personal data is not read."""

    revision: int
    merged_into: str | None = None


_CUSTOMER = msgspec.json.Decoder(_Customer)


class CustomersTopic:
    """An erasure is carried out even where the customer has come back since."""

    def __init__(self, store: CustomerStore) -> None:
        self._store = store

    async def __call__(self, batch: Batch) -> Sequence[DeadLetter]:
        read, refused = read_each(batch.deliveries, read_change)
        records: dict[str, list[CustomerRecord]] = {}
        for customer, change in read:
            if isinstance(change, CustomerRecord):
                records.setdefault(customer, []).append(change)
            else:
                records.pop(customer, None)
                await self._store.erase(customer, change)
        await self._store.keep([record for several in records.values() for record in several])
        return refused


def read_change(delivery: Delivery) -> tuple[str, CustomerRecord | str] | None:
    """A customer's id, and their record or what tells their erasure from others.

    Raises InvalidEvent, UnsupportedEventFormat, Invalid; msgspec.DecodeError for its payload.
    """
    try:
        customer = delivery.key.decode()
    except UnicodeDecodeError:
        raise Invalid("the key is not UTF-8") from None
    if delivery.value is None:
        return customer, f"{delivery.offset}@{delivery.timestamp}"
    event = kafka_binding.decode(delivery.headers, delivery.value)
    if event.type != CUSTOMER:
        return None
    told = _CUSTOMER.decode(event.data or b"")
    return customer, CustomerRecord(customer, told.revision, told.merged_into or None)
