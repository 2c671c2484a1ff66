"""Where the answers to requests with an Idempotency-Key are kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Answer:
    """A response without its headers."""

    status: int
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was begun before; `answer` is None while it is being worked on."""

    fingerprint: bytes
    answer: Answer | None


class Answers(Protocol):
    """Answers by key, kept for a day."""

    async def begin(self, key: str, fingerprint: bytes, now: datetime) -> Asked | None:
        """None for a key that is new, which is taken with this; else what it was taken for.

        A key without an answer is free again a minute after it was taken: its process died.
        """

    async def finish(self, key: str, answer: Answer) -> None:
        """Keep the answer."""

    async def release(self, key: str) -> None:
        """The request failed for now: the key is free again."""
