"""A webhook delivery that was proved and is yet to be carried out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, takewhile

MOST_BYTES_AT_ONCE = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Arrived:
    """`headers` are those that the connector of `source` reads: none of them proves anything."""

    id: str
    source: str
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


def how_many_fit(sizes: Iterable[int]) -> int:
    """How many bodies of these sizes, in bytes, go into memory together; the first one always."""
    return max(1, sum(1 for _ in takewhile(MOST_BYTES_AT_ONCE.__ge__, accumulate(sizes))))
