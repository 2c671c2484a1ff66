"""requite.customers.v1: who customers are, how to reach them; a tombstone erases."""

from collections.abc import Sequence

import msgspec

from services.notifier.domain.customer import Customer, last_state
from services.notifier.use_cases.customers import KeepCustomers
from shared.contracts import customers
from shared.contracts.cloudevents import kafka_binding
from shared.contracts.customers import CUSTOMER
from shared.errors import Invalid
from shared.messaging.handler import DeadLetter
from shared.messaging.ports import Batch, Delivery
from shared.messaging.reading import read_each

_CUSTOMER = msgspec.json.Decoder(customers.Customer)


class CustomersTopic:
    """An erasure is carried out even where the customer has come back since."""

    def __init__(self, keep: KeepCustomers) -> None:
        self._keep = keep

    async def __call__(self, batch: Batch) -> Sequence[DeadLetter]:
        changes, refused = read_each(batch.deliveries, read_change)
        kept: dict[str, list[Customer]] = {}
        for id, customer in changes:
            if customer is None:
                kept.pop(id, None)
                await self._keep.erase(id)
            else:
                kept.setdefault(id, []).append(customer)
        await self._keep([customer for several in kept.values() for customer in several])
        return refused


def read_change(delivery: Delivery) -> tuple[str, Customer | None] | None:
    """A customer's id and what to keep of them, which is nothing after a tombstone.

    Raises InvalidEvent, UnsupportedEventFormat, Invalid; msgspec.DecodeError for its payload.
    """
    id = delivery.key.decode()
    if delivery.value is None:
        return id, None
    event = kafka_binding.decode(delivery.headers, delivery.value)
    if event.type != CUSTOMER:
        return None
    record = _CUSTOMER.decode(event.data or b"")
    try:
        thanks = last_state(record.consents, "thanks", "email")
        surveys = last_state(record.consents, "survey", "email")
    except ValueError:
        raise Invalid("not an RFC 3339 date-time", "/data/consents") from None
    return id, Customer(
        id,
        revision=record.revision,
        name=record.name,
        email=record.email or None,
        locale=record.locale,
        thanks=thanks,
        surveys=surveys,
        merged_into=record.merged_into,
    )
