"""A person's request to be told what is held about them, which came through a platform."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

ANSWER_WITHIN = timedelta(days=30)
"""What Shopify's terms and Art. 12(3) GDPR leave."""


@dataclass(frozen=True, slots=True)
class AskedFor:
    """One request; `customer` is None while nobody is known by `alias`."""

    id: str
    source: str
    alias: str
    received_at: datetime
    customer: str | None = None
    closed_at: datetime | None = None

    @property
    def due(self) -> datetime:
        """When it must have been answered."""
        return self.received_at + ANSWER_WITHIN


def request_id(source: str, platform_id: str) -> str:
    """The same request told twice is one."""
    return hashlib.sha256(f"{source}\n{platform_id}".encode()).hexdigest()[:32]
