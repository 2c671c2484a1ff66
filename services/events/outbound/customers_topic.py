"""requite.customers.v1: who customers are; the only topic with personal data."""

from datetime import datetime

import msgspec

from shared.contracts.cloudevents import CloudEvent, kafka_binding
from shared.contracts.customers import CUSTOMER, Customer
from shared.contracts.topics import CUSTOMERS
from shared.messaging.ports import Publisher, Record

SOURCE = "/requite/events"


class CustomersTopic:
    """Compacted: the last record of a key stands; a record without value erases."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    async def changed(self, customer_id: str, customer: Customer, now: datetime) -> None:
        headers, value = kafka_binding.encode(
            CloudEvent(
                id=f"{customer_id}/{customer.revision}",
                source=SOURCE,
                type=CUSTOMER,
                subject=customer_id,
                time=now.isoformat(),
                datacontenttype="application/json",
                data=msgspec.json.encode(customer),
            )
        )
        await self._publisher.publish(
            CUSTOMERS.name, [Record(customer_id.encode(), value, headers)]
        )

    async def erased(self, customer_id: str) -> None:
        await self._publisher.publish(CUSTOMERS.name, [Record(customer_id.encode(), None)])
