"""Messages, and the leases on them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.notifier.domain.attention import Charge
from services.notifier.domain.customer import Customer
from services.notifier.domain.decision import Decision
from services.notifier.domain.message import Final, Message, Text
from services.notifier.domain.planning import Plan
from services.notifier.ports.decisions import Position


@dataclass(frozen=True, slots=True)
class MessageQuery:
    """Which messages of a customer, and of all who stand for the same person, newest first."""

    limit: int
    customer: str
    after: Position | None = None
    channel: str | None = None
    unread: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that this sender alone may work on until its lease ends, and what it is about.

    `customer` is who the message's customer stands for now. `decisions` are those that the message
    answers, the one that leads first; empty only if the message is erased.
    """

    token: str
    message: Message
    decisions: tuple[Decision, ...]
    customer: Customer


@dataclass(frozen=True, slots=True)
class Begin:
    """A hand-over is to begin, with this text, as long as the person's attention is at `revision`,
    which then has these `charges`."""

    claim: Claim
    text: Text
    revision: int
    charges: tuple[Charge, ...]


@dataclass(frozen=True, slots=True)
class Retry:
    """It waits until `due` (ms); as begun, if it `may_have_arrived`."""

    claim: Claim
    due: int
    code: str | None
    may_have_arrived: bool = False


@dataclass(frozen=True, slots=True)
class Finish:
    """It came to this at `now`. What failed gives its charge back; `plan` says what happens to its
    decisions then."""

    claim: Claim
    outcome: Final
    now: int
    code: str | None
    plan: Plan | None = None


class MessageStore(Protocol):
    """A step with a token that no longer holds, or for a customer who was erased, does nothing.
    Methods take many at once and return the ids of messages for which the step was taken."""

    async def channels(self) -> Collection[str]:
        """Those that still have to send anything."""

    async def claim(
        self, channel: str, token: str, now: int, until: int, most: int
    ) -> Sequence[Claim]:
        """Lease the messages of a channel (and erased ones of any) that are longest due until the
        time `until`, each of another person."""

    async def renew(self, claims: Sequence[Claim], until: int) -> None:
        """Let the leases that still hold last until `until`."""

    async def begin(self, begins: Sequence[Begin]) -> Collection[str]:
        """Note that hand-overs begin. One that is not returned must not begin."""

    async def retry(self, retries: Sequence[Retry]) -> Collection[str]:
        """Let them wait."""

    async def finish(self, finishes: Sequence[Finish]) -> Collection[str]:
        """Keep outcomes, to be announced; the payloads of what they answered are needed no more."""

    async def withdraw(self, claim: Claim, plan: Plan) -> bool:
        """Drop a message that has not begun and carry out the plan for its decisions instead, which
        stand as thanked and merged. False if the lease was lost or the plan can't be carried out:
        nothing has changed then."""

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

    async def of_order(self, order: str, channel: str, most: int) -> Sequence[Message]:
        """What was sent about an order by a channel, the newest first."""

    async def mark_read(self, id: str, now: int) -> Message | None:
        """Note that a message was read, once; the message as it stands. None if there is none."""
