"""What a connector does, and what it has to say."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from services.events.domain.identity import Link, Person
from shared.contracts.cloudevents import CloudEvent
from shared.errors import RequiteError
from shared.webhooks.delivery import Delivery


class UnsignedTrial(RequiteError):
    """What a platform sends without a signature to try a new webhook: it must be answered, and
    nothing in it counts."""


@dataclass(frozen=True, slots=True)
class DataRequest:
    """A person asked, through the platform, what is held about them; to be answered by hand."""

    id: str
    alias: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a delivery comes to. Subjects of `acts` are customers' ids or aliases.

    `people` are introduced first, then `links` are made, then `acts` are taken in. `erase` are
    aliases of people to be forgotten; `erase_all` are the beginnings of all aliases of a shop that
    left. `ignored` says why a delivery that is in order holds nothing of this.
    """

    people: tuple[Person, ...] = ()
    links: tuple[Link, ...] = ()
    acts: tuple[CloudEvent, ...] = ()
    erase: tuple[str, ...] = ()
    erase_all: tuple[str, ...] = ()
    data_request: DataRequest | None = None
    ignored: str = ""


class Connector(Protocol):
    """A platform, set up for one source. Both methods are pure."""

    @property
    def reads(self) -> frozenset[str]:
        """The headers that `read` looks at, in lower case. Only these are kept until a delivery is
        read, so none of them may be a signature or another secret."""

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> None:
        """Raises SignatureRefused unless one of `secrets` signed the raw body; constant time.

        Nothing is parsed before. Raises UnsignedTrial for the one request that a platform sends
        without a signature.
        """

    def read(self, delivery: Delivery) -> Reading:
        """What a verified delivery says. Raises Invalid with a pointer into the body."""
