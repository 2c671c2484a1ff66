"""A customer as the notifier knows them: how to reach them, what they agreed to, what is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from shared.contracts.cloudevents.timestamp import parse_timestamp
from shared.contracts.customers import Consent

State = Literal["granted", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Customer:
    """`revision` is None for somebody of whom no more than their cases is known.

    `thanks` and `surveys` say what was last agreed to by e-mail; None if they were never asked.
    One with `merged_into` has given up the id for that one, and nothing else is known.
    """

    id: str
    revision: int | None = None
    name: str | None = None
    email: str | None = None
    locale: str | None = None
    thanks: State | None = None
    surveys: State | None = None
    open_cases: frozenset[str] = frozenset()
    erased: bool = False
    merged_into: str | None = None

    @property
    def wants_surveys(self) -> bool:
        """A link inside a mail that is wanted needs no consent of its own, but heeds a refusal."""
        return self.surveys != "withdrawn"


def last_state(consents: Sequence[Consent], purpose: str, channel: str) -> State | None:
    """What was said last for a purpose and channel; of two at one time the withdrawal counts.

    Raises ValueError for a time that is not RFC 3339.
    """
    said = [c for c in consents if c.purpose == purpose and c.channel == channel]
    last = max(said, key=lambda c: (parse_timestamp(c.time), c.state == "withdrawn"), default=None)
    return None if last is None else last.state
