"""Acts whose alias nobody is known by yet."""

from dataclasses import dataclass
from datetime import datetime, timedelta

RETENTION = timedelta(days=400)
"""As long as acts stay on their topic."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many acts wait for an alias to be linked, and since when the first of them."""

    alias: str
    acts: int
    since: datetime
