"""What happened between a customer and us besides their acts: messages, answers, cases, notes."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from msgspec import Struct

from shared.contracts.engagement import ActRef

ItemKind = Literal["message", "answer", "case", "note"]
Kind = Literal["act", "moment", "message", "answer", "case", "note"]


class Place(NamedTuple):
    """A place on a timeline, which is in order of time (ms), then key; the newest is shown first.

    What happened is known by both: an answer that was scored as an act is at the place of the act.
    """

    time: int
    key: str


class Decision(Struct, frozen=True, kw_only=True, tag="decided"):
    """What the notifier concluded about an act, a moment or a request by the shop (`about` says
    which by its type); `message_id` when it thanked or merged, `survey` when it asks one."""

    about: ActRef
    verdict: Literal["thanked", "held", "merged", "suppressed"]
    reason: str
    rule: str | None = None
    message_id: str | None = None
    survey: str | None = None


class Delivery(Struct, frozen=True, kw_only=True, tag="delivered"):
    """What became of a message."""

    message_id: str
    channel: str
    outcome: Literal["sent", "failed", "unknown"]


class Answer(Struct, frozen=True, kw_only=True, tag="answered"):
    """`value` lies within the survey's `scale`; `about` is the act that was asked about."""

    survey: str
    value: int
    scale: tuple[int, int]
    about: ActRef | None = None


class CaseOpened(Struct, frozen=True, kw_only=True, tag="opened"):
    """Something went wrong for the customer."""

    case_id: str
    cause: str


class CaseClosed(Struct, frozen=True, kw_only=True, tag="closed"):
    """It was put right, by a `fix` that can be counted."""

    case_id: str
    fix: str | None = None


class Note(Struct, frozen=True, kw_only=True, tag="note"):
    """What somebody of the staff wrote down; `author` is the name of the key that they used."""

    id: str
    author: str
    text: str


Body = Decision | Delivery | Answer | CaseOpened | CaseClosed | Note

_KINDS: Mapping[type[Body], ItemKind] = MappingProxyType(
    {
        Decision: "message",
        Delivery: "message",
        Answer: "answer",
        CaseOpened: "case",
        CaseClosed: "case",
        Note: "note",
    }
)


class Item(Struct, frozen=True, kw_only=True):
    """`customer` is whom it was told of, at `time` (ms); `key` is its identity, for what was told
    on a topic that of the event (`act_key`)."""

    key: str
    customer: str
    time: int
    body: Body

    @property
    def kind(self) -> ItemKind:
        """What it is shown as."""
        return _KINDS[type(self.body)]

    @property
    def place(self) -> Place:
        """Where it is shown."""
        return Place(self.time, self.key)


def note_key(id: str) -> str:
    """The key of a note, which no source of events has."""
    return f"note {id}"
