"""requite.customers.v1: which language a customer reads; a tombstone erases."""

from collections.abc import Sequence

import msgspec

from services.feedback.ports import People, Person
from shared.clock import Clock, epoch_ms
from shared.contracts.cloudevents import kafka_binding
from shared.messaging.handler import DeadLetter
from shared.messaging.ports import Batch, Delivery
from shared.messaging.reading import read_each


class CustomersTopic:
    """An erasure is carried out even where the customer has come back since."""

    def __init__(self, store: People, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def __call__(self, batch: Batch) -> Sequence[DeadLetter]:
        changes, refused = read_each(batch.deliveries, read_change)
        people: dict[str, Person] = {}
        for customer, person in changes:
            if person is None:
                people.pop(customer, None)
                await self._store.erase(customer, epoch_ms(self._clock.now()))
            else:
                people[customer] = person
        await self._store.remember(people)
        return refused


class _Read(msgspec.Struct, frozen=True):
    """What is read of a customer: name and addresses never get in here."""

    revision: int
    locale: str | None = None
    time_zone: str | None = None
    merged_into: str | None = None


_READ = msgspec.json.Decoder(_Read)


def read_change(delivery: Delivery) -> tuple[str, Person | None]:
    """A customer and what to keep of them, None for a tombstone.

    Raises InvalidEvent, UnsupportedEventFormat; msgspec.DecodeError for the payload.
    """
    customer = delivery.key.decode()
    if delivery.value is None:
        return customer, None
    event = kafka_binding.decode(delivery.headers, delivery.value)
    read = _READ.decode(event.data or b"")
    return customer, Person(read.revision, read.locale, read.time_zone, read.merged_into)
