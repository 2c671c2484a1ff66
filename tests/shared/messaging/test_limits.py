"""How large a record may be, whatever its headers."""

from typing import Any

import pytest

from shared.errors import Invalid
from shared.messaging.limits import check_sizes
from shared.messaging.ports import MAX_DEAD_LETTER_BYTES, MAX_RECORD_BYTES, Record


@pytest.mark.parametrize(
    ("topic", "most"), [("acts", MAX_RECORD_BYTES), ("acts-dlt", MAX_DEAD_LETTER_BYTES)]
)
def test_key_value_and_headers_count(topic: str, most: int) -> None:
    check_sizes(topic, [Record(b"k", b"v" * (most - 4), [("h", b"12")])])
    with pytest.raises(Invalid):
        check_sizes(topic, [Record(b"k", b"v" * (most - 4), [("h", b"123")])])


def test_a_null_header_of_kafka_goes_to_the_dead_letters_as_it_came() -> None:
    headers: Any = [("ce_id", None)]
    check_sizes("acts-dlt", [Record(b"k", None, headers)])
