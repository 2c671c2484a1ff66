"""What follows from an attempt to hand a message over."""

import hashlib
from collections.abc import Sequence
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
JITTER = 0.2
"""A wait is longer by up to this share of it, so that what failed together is not repeated
together."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a channel says of an attempt: taken, not taken for now, refused for good, or nobody
    knows.

    `fault` says whose it is: the message's own (its address, its text), or the provider's, which
    other messages would meet as well. `after` is when the provider asks to be tried again.
    `code` is the server's own code or a short word, `bad_address` that the address itself does not
    exist; never personal data. `gone` is that the provider asks to be handed nothing any more.
    """

    result: Literal["taken", "deferred", "refused", "uncertain"]
    code: str | None = None
    fault: Literal["message", "provider"] = "message"
    after: timedelta | None = None
    bad_address: bool = False
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """Try again `after`."""

    after: timedelta


def next_step(
    receipt: Receipt,
    message: str,
    attempts: int,
    *,
    idempotent: bool,
    schedule: Sequence[timedelta] = RETRY_AFTER,
) -> Final | Wait:
    """The outcome, or when to try again, after `attempts` attempts.

    An attempt of which nobody knows whether it succeeded is repeated on an idempotent channel
    only: elsewhere the customer might get the message twice. A message that is not taken for its
    own fault fails once the schedule is through; one that met a provider which is away goes on
    waiting, until it is too old to be sent at all.
    """
    match receipt.result:
        case "taken":
            return "sent"
        case "refused":
            return "failed"
        case "uncertain" if not idempotent:
            return "unknown"
    if attempts > len(schedule) and receipt.result == "uncertain":
        return "unknown"
    if attempts > len(schedule) and receipt.fault == "message":
        return "failed"
    wait = schedule[min(attempts, len(schedule)) - 1]
    return Wait(max(jittered(wait, f"{message} {attempts}"), receipt.after or timedelta()))


def jittered(wait: timedelta, seed: str) -> timedelta:
    """Longer by the same share for the same seed: nothing random to inject."""
    fraction = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4]) / 2**32
    return wait * (1 + JITTER * fraction)
