"""What is kept of an event that was refused, so that it can be mended and sent again."""

import hashlib
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Quarantined:
    """`body` is the event in the JSON format as far as it could be read, else the bytes sent.

    `pointer` is a JSON Pointer into the event. `customer` is its subject, where it has one.
    """

    id: str
    body: bytes
    pointer: str
    reason: str
    received_at: datetime
    event_id: str | None = None
    source: str | None = None
    customer: str | None = None


def quarantine_id(body: bytes) -> str:
    """The same event refused twice is kept once."""
    return hashlib.sha256(body).hexdigest()[:32]
