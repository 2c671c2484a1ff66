"""What follows from an attempt to hand a message over."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from services.notifier.domain.message import Final

RETRY_AFTER = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=20),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a channel says of an attempt: taken, not taken for now, refused for good, or nobody
    knows. `code` is the server's own code or a short word; never personal data."""

    result: Literal["taken", "deferred", "refused", "uncertain"]
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again `after`."""

    after: timedelta


def next_step(receipt: Receipt, attempts: int, *, idempotent: bool) -> Final | Retry:
    """The outcome, or when to try again, after `attempts` attempts.

    An attempt of which nobody knows whether it succeeded is repeated on an idempotent channel
    only: elsewhere the customer might get the message twice.
    """
    match receipt.result:
        case "taken":
            return "sent"
        case "refused":
            return "failed"
        case "uncertain" if not idempotent:
            return "unknown"
    if attempts > len(RETRY_AFTER):
        return "failed" if receipt.result == "deferred" else "unknown"
    return Retry(RETRY_AFTER[attempts - 1])
