"""requite.customers.v1: a tombstone erases, a record welcomes back, merges or parts."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import msgspec

from services.engagement.domain.customer import CustomerRecord
from services.engagement.domain.person import Person
from services.engagement.ports.people import PersonRecord
from services.engagement.use_cases.customers import KeepCustomers, Told
from shared.contracts.cloudevents import kafka_binding
from shared.contracts.customers import CUSTOMER
from shared.errors import Invalid
from shared.messaging.handler import DeadLetter
from shared.messaging.ports import Batch, Delivery
from shared.messaging.reading import read_each


class _Customer(msgspec.Struct):
    """What is read of a customer; consents are the notifier's."""

    revision: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    locale: str | None = None
    time_zone: str | None = None
    aliases: tuple[str, ...] = ()
    excluded: Literal["staff", "blocked"] | None = None
    leaderboard_name: str | None = None
    merged_into: str | None = None


_CUSTOMER = msgspec.json.Decoder(_Customer)


class CustomersTopic:
    """An erasure is carried out even where the customer has come back since, but not before what
    was told of others until then: it takes along whoever is merged into the customer."""

    def __init__(self, keep: KeepCustomers) -> None:
        self._keep = keep

    async def __call__(self, batch: Batch) -> Sequence[DeadLetter]:
        read, refused = read_each(batch.deliveries, read_change)
        told: dict[str, list[Told]] = {}
        for customer, change in read:
            if isinstance(change, Told):
                told.setdefault(customer, []).append(change)
                continue
            told.pop(customer, None)
            await self._take_in(told)
            told = {}
            await self._keep.erase(customer, change)
        await self._take_in(told)
        return refused

    async def _take_in(self, told: Mapping[str, Sequence[Told]]) -> None:
        if told:
            await self._keep([one for several in told.values() for one in several])


def read_change(delivery: Delivery) -> tuple[str, Told | str] | None:
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
    into = told.merged_into or None
    return customer, Told(
        CustomerRecord(customer, told.revision, into, told.excluded),
        PersonRecord(customer, told.revision, _person(customer, told) if into is None else None),
    )


def _person(customer: str, told: _Customer) -> Person:
    return Person(
        customer=customer,
        name=told.name or None,
        email=told.email or None,
        phone=told.phone or None,
        locale=told.locale or None,
        time_zone=told.time_zone or None,
        aliases=told.aliases,
        excluded=told.excluded,
        leaderboard_name=told.leaderboard_name or None,
    )
