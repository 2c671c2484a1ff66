"""What the notifier needs from outside."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.notifier.domain.customer import Customer
from services.notifier.domain.decision import Decision
from services.notifier.domain.delivery import Receipt
from services.notifier.domain.message import Final, Message, Text
from shared.contracts.messages import Verdict


@dataclass(frozen=True, slots=True)
class CaseChange:
    """A case of a customer was opened, or closed."""

    customer: str
    case_id: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page ends: time (ms) and id of its last item."""

    time: int
    id: str


@dataclass(frozen=True, slots=True)
class DecisionQuery:
    """Which decisions to list, newest first: those after `after`, at most `limit`.

    `customer` is also whoever stands for the same person.
    """

    limit: int
    after: Position | None = None
    customer: str | None = None
    act_source: str | None = None
    act_id: str | None = None
    verdict: Verdict | None = None

    @property
    def conditions(self) -> Mapping[str, str]:
        """What must be equal besides the customer, by the names of the members."""
        wanted = {
            "act_id": self.act_id,
            "act_source": self.act_source,
            "verdict": self.verdict,
        }
        return {name: value for name, value in wanted.items() if value is not None}


@dataclass(frozen=True, slots=True)
class MessageQuery:
    """Which messages of a customer, and of all who stand for the same person, newest first."""

    limit: int
    customer: str
    after: Position | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that this sender alone may work on until its lease ends, and what it is about.

    `customer` is who the message's customer stands for now. `decision` is None only if the message
    is erased.
    """

    token: str
    message: Message
    decision: Decision | None
    customer: Customer


class CustomerStore(Protocol):
    """A local copy of customers, keyed by a hash, so that an erased id is stored nowhere.

    Whatever is kept of a merged customer stays under the id that it was told of.
    """

    async def customers(self, ids: Sequence[str]) -> Mapping[str, Customer]:
        """Who each of `ids` stands for now, with the open cases of all who stand for the same; a
        Customer without revision where nothing is known. Only `ids` themselves are `erased`."""

    async def survivors(self, ids: Collection[str]) -> Mapping[str, str]:
        """Which id each of `ids` stands for now: its own for all who were not merged."""

    async def put(self, customers: Sequence[Customer]) -> None:
        """Keep each that has a higher revision than what stands, or whose copy was erased.
        Open cases stay as they are. Each customer at most once."""

    async def change_cases(self, changes: Sequence[CaseChange]) -> None:
        """Open and close cases, in the order given."""

    async def erase(self, customer: str) -> None:
        """Keep no more than that somebody of this hash was erased, then cut decisions from the
        customer, suppress those that are held, and mark messages as erased. Repeatable."""

    async def ping(self) -> None:
        """Raise Unavailable if the store can't be reached."""


class DecisionStore(Protocol):
    """Decisions, one an act. What `settle` and `withdraw` change is left to be announced."""

    async def record(
        self, decisions: Sequence[tuple[Decision, Message | None]]
    ) -> Sequence[Decision]:
        """Keep those whose id is new, each together with its message.

        Returns the decisions as they stand, older ones included, in the order given.
        """

    async def wake(self, customers: Sequence[str], now: int) -> None:
        """Make the held decisions due `now` of these customers, and of all who stand for the
        same person as one of them does or did before a merge was undone."""

    async def due(self, now: int, most: int) -> Sequence[Decision]:
        """Held decisions that are due, the longest due first."""

    async def settle(self, decisions: Sequence[tuple[Decision, Message | None]]) -> None:
        """Replace held decisions of the revision that is given, each together with its message;
        a decision that has changed in between stays as it is."""

    async def unannounced(self, most: int) -> Sequence[Decision]:
        """Decisions that others have not been told of."""

    async def announced(self, decisions: Sequence[Decision]) -> None:
        """Others know these revisions."""

    async def page(self, query: DecisionQuery) -> Sequence[Decision]:
        """As asked for."""


class MessageStore(Protocol):
    """Messages, and the leases on them. A step with a token that no longer holds does nothing."""

    async def claim(self, token: str, now: int, until: int) -> Claim | None:
        """Lease the message that is longest due until the time `until`; None if none is due."""

    async def begin(self, claim: Claim, text: Text) -> bool:
        """Note that the hand-over begins. False if the lease is lost: it must not begin then."""

    async def retry(self, claim: Claim, due: int, code: str | None) -> bool:
        """Let it wait until `due`. False if the lease is lost."""

    async def finish(self, claim: Claim, outcome: Final, now: int, code: str | None) -> bool:
        """Keep the outcome, to be announced; the act's payload is needed no more. False if the
        lease is lost, or the customer was erased."""

    async def withdraw(self, claim: Claim, decision: Decision) -> bool:
        """Drop the message, since the decision is now this one. False if either has changed."""

    async def drop(self, claim: Claim) -> None:
        """Forget the message."""

    async def unannounced(self, most: int) -> Sequence[Message]:
        """Messages with an outcome that others have not been told of."""

    async def announced(self, messages: Sequence[str]) -> None:
        """Others know the outcomes of these ids."""

    async def forget_texts(self, before: int) -> None:
        """Delete the text of messages that were finished before this time."""

    async def message(self, id: str) -> Message | None:
        """The message with this id; None also if its customer was erased."""

    async def page(self, query: MessageQuery) -> Sequence[Message]:
        """As asked for."""


@dataclass(frozen=True, slots=True)
class Stores:
    """One database, by what it keeps."""

    customers: CustomerStore
    decisions: DecisionStore
    messages: MessageStore


class Announcer(Protocol):
    """Tells others; durable once a method returns; told again after a crash with the same ids."""

    async def decided(self, decisions: Sequence[Decision]) -> None:
        """What was concluded."""

    async def delivered(self, messages: Sequence[Message]) -> None:
        """What became of messages."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A message ready to be handed over."""

    id: str
    to: str
    name: str | None
    text: Text
    time: datetime


class Channel(Protocol):
    """A way to a customer."""

    @property
    def idempotent(self) -> bool:
        """Whether handing the same mail over twice reaches the customer once."""

    async def hand_over(self, mail: Mail) -> Receipt:
        """Try once. Never raises for what a server or a disk does."""

    async def forget(self, id: str) -> None:
        """Remove what the channel itself still holds of a mail."""
