"""requite.customers.v1: who customers are, how to reach them; a tombstone erases."""

from collections.abc import Sequence

import msgspec

from services.notifier.domain.consent import Consent
from services.notifier.domain.customer import Record
from services.notifier.ports.customers import Told
from services.notifier.use_cases.customers import KeepCustomers
from shared.clock import epoch_ms
from shared.contracts import customers
from shared.contracts.cloudevents import kafka_binding
from shared.contracts.cloudevents.timestamp import parse_timestamp
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
        kept: dict[str, list[Told]] = {}
        for id, told in changes:
            if told is None:
                # First kept, so that it is known which addresses are not to be used again.
                await self._keep(kept.pop(id, []))
                await self._keep.erase(id)
            else:
                kept.setdefault(id, []).append(told)
        await self._keep([told for several in kept.values() for told in several])
        return refused


def read_change(delivery: Delivery) -> tuple[str, Told | None] | None:
    """A customer's id and what was told of them, which is nothing after a tombstone.

    Raises InvalidEvent, UnsupportedEventFormat, Invalid; msgspec.DecodeError for its payload.
    """
    id = delivery.key.decode()
    if delivery.value is None:
        return id, None
    event = kafka_binding.decode(delivery.headers, delivery.value)
    if event.type != CUSTOMER:
        return None
    told = _CUSTOMER.decode(event.data or b"")
    if told.merged_into:
        return id, Told(id, Record(revision=told.revision), merged_into=told.merged_into)
    return id, Told(id, _record(told), _consents(told.consents))


def _record(told: customers.Customer) -> Record:
    return Record(
        revision=told.revision,
        name=told.name or None,
        email=told.email or None,
        phone=told.phone or None,
        locale=told.locale or None,
        time_zone=told.time_zone or None,
        country=told.country or None,
        addresses=told.addresses,
        excluded=told.excluded,
    )


def _consents(said: Sequence[customers.Consent]) -> tuple[Consent, ...]:
    return tuple(
        Consent(
            purpose=one.purpose,
            channel=one.channel,
            state=one.state,
            time=_instant(one.time, f"/data/consents/{place}/time"),
            source=one.source,
            wording=one.wording,
            expires=_instant(one.expires, f"/data/consents/{place}/expires")
            if one.expires
            else None,
        )
        for place, one in enumerate(said)
    )


def _instant(text: str, pointer: str) -> int:
    try:
        return epoch_ms(parse_timestamp(text))
    except (ValueError, OverflowError):
        raise Invalid("not an RFC 3339 date-time", pointer) from None
