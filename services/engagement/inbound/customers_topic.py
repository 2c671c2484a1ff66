"""requite.customers.v1: a tombstone erases, a record welcomes back."""

from collections.abc import Sequence

from services.engagement.ports import ScoreStore
from shared.messaging.handler import DeadLetter
from shared.messaging.ports import Batch


class CustomersTopic:
    """Only the key matters here; personal data is not read."""

    def __init__(self, store: ScoreStore) -> None:
        self._store = store

    async def __call__(self, batch: Batch) -> Sequence[DeadLetter]:
        latest = {delivery.key: delivery for delivery in batch.deliveries}
        for key, delivery in latest.items():
            customer = key.decode()
            if delivery.value is None:
                await self._store.erase(customer)
            else:
                await self._store.welcome(customer)
        return ()
