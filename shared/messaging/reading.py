"""Records become what a topic's handler needs; what can't be read is refused, not fatal."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from shared.contracts.cloudevents import InvalidEvent, UnsupportedEventFormat
from shared.errors import Invalid
from shared.messaging.handler import DeadLetter
from shared.messaging.ports import Delivery

T = TypeVar("T")


def read_each(
    deliveries: Sequence[Delivery], read: Callable[[Delivery], T | None]
) -> tuple[list[T], list[DeadLetter]]:
    """What `read` makes of each, without the Nones, and what it could not make sense of."""
    found: list[T] = []
    refused: list[DeadLetter] = []
    for delivery in deliveries:
        try:
            one = read(delivery)
        except (InvalidEvent, Invalid) as error:
            refused.append(DeadLetter(delivery, f"{error.pointer}: {error.reason}"))
        except UnsupportedEventFormat:
            refused.append(DeadLetter(delivery, "an event format that is not JSON"))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            refused.append(DeadLetter(delivery, "/data: not the payload of its type"))
        else:
            if one is not None:
                found.append(one)
    return found, refused
