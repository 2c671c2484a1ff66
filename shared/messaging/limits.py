"""How large a record may be."""

from collections.abc import Sequence

from shared.contracts.topics import DEAD_LETTER_SUFFIX
from shared.errors import Invalid
from shared.messaging.ports import MAX_DEAD_LETTER_BYTES, MAX_RECORD_BYTES, Record


def check_sizes(topic: str, records: Sequence[Record]) -> None:
    """Raises Invalid for a record that `topic` doesn't take."""
    dead = topic.endswith(DEAD_LETTER_SUFFIX)
    limit = MAX_DEAD_LETTER_BYTES if dead else MAX_RECORD_BYTES
    for record in records:
        size = len(record.key) + len(record.value or b"")
        for name, value in record.headers:
            # A dead letter may have come with a null header of Kafka's.
            size += len(name) + len(value or b"")
        if size > limit:
            raise Invalid(f"the record has {size} bytes; {limit} are allowed")
