"""Records that can't be handled go to `<topic>-dlt`, as they were and with the reason."""

from collections.abc import Sequence

import structlog

from shared.contracts.topics import DEAD_LETTER_SUFFIX
from shared.errors import RequiteError
from shared.messaging.handler import DeadLetter
from shared.messaging.policies import DeadLetterPolicy
from shared.messaging.ports import Batch, Publisher, Record

log = structlog.get_logger()


class TooManyDeadLetters(RequiteError):
    """So many records in a row could not be handled that the fault is the deployment's."""


class DeadLetters:
    """The way to the dead letters for one consumer group."""

    def __init__(self, group: str, publisher: Publisher, policy: DeadLetterPolicy) -> None:
        self._group = group
        self._publisher = publisher
        self._policy = policy
        self._in_a_row: dict[tuple[str, int], int] = {}

    async def take(self, batch: Batch, refused: Sequence[DeadLetter]) -> None:
        """Publish what the handler refused of `batch`. Raises TooManyDeadLetters, Unavailable."""
        place = batch.topic, batch.partition
        in_a_row = self._count(batch, refused, self._in_a_row.get(place, 0))
        if refused:
            await self._publisher.publish(
                batch.topic + DEAD_LETTER_SUFFIX,
                [dead_letter_record(dead_letter, self._group) for dead_letter in refused],
            )
        self._in_a_row[place] = in_a_row
        for dead_letter in refused:
            log.warning(
                "record_dead_lettered",
                group=self._group,
                topic=batch.topic,
                partition=batch.partition,
                offset=dead_letter.delivery.offset,
                reason=dead_letter.reason,
            )

    def _count(self, batch: Batch, refused: Sequence[DeadLetter], in_a_row: int) -> int:
        if not refused:
            return 0
        dead = {dead_letter.delivery.offset for dead_letter in refused}
        for delivery in batch.deliveries:
            in_a_row = in_a_row + 1 if delivery.offset in dead else 0
            if in_a_row > self._policy.max_in_a_row:
                raise TooManyDeadLetters(
                    f"{in_a_row} records in a row of {batch.topic}/{batch.partition}"
                    f" up to offset {delivery.offset}; the last: {refused[-1].reason}"
                )
        return in_a_row


def dead_letter_record(dead_letter: DeadLetter, group: str) -> Record:
    """The record to publish: key, value and headers byte for byte, and where it stood."""
    delivery = dead_letter.delivery
    origin = {
        "dlt-original-topic": delivery.topic,
        "dlt-original-partition": delivery.partition,
        "dlt-original-offset": delivery.offset,
        "dlt-original-timestamp": delivery.timestamp,
        "dlt-consumer-group": group,
        "dlt-reason": dead_letter.reason,
    }
    headers = [(name, str(value).encode()) for name, value in origin.items()]
    return Record(delivery.key, delivery.value, [*delivery.headers, *headers])
