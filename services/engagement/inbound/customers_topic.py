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
        present: set[str] = set()
        refused: list[DeadLetter] = []
        for delivery in batch.deliveries:
            try:
                customer = delivery.key.decode()
            except UnicodeDecodeError:
                refused.append(DeadLetter(delivery, "the key is not UTF-8"))
                continue
            if delivery.value is None:
                await self._store.erase(customer, f"{delivery.offset}@{delivery.timestamp}")
                present.discard(customer)
            else:
                present.add(customer)
        await self._store.welcome(present)
        return refused
