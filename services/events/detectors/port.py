"""What a detector looks at, and what it has found."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from services.events.domain.thread import Thread
from shared.contracts.cloudevents import CloudEvent

Who = Callable[[str], str]
"""The customer that an alias stands for; as long as nobody knows, an alias of the same person."""


@dataclass(frozen=True, slots=True)
class Finding:
    """An act that probably happened. The same evidence gives the same (source, id) of `act`.

    `act` has the evidence's own time; its subject is a customer or an alias, or None where a
    person has to say who it was. `confidence` is between 0 and 1. `evidence` is for people to
    read: ids, aliases and words that were said in public. `people` are all who appear in it.
    """

    detector: str
    act: CloudEvent
    confidence: float
    evidence: Mapping[str, Any]
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Retraction:
    """The evidence for the act (source, id) is gone; with `only_open` a suggestion that nobody
    has decided on lapses, and an act that was emitted stays."""

    detector: str
    source: str
    id: str
    reason: str
    only_open: bool = False


class Detector(Protocol):
    """Pure; what it returns depends on the arguments alone, not on what it returned before."""

    @property
    def name(self) -> str: ...

    @property
    def kinds(self) -> frozenset[str]:
        """The short names of the acts that `look_at_act` wants to see."""

    def look_at_act(self, act: CloudEvent, who: Who) -> Iterable[Finding | Retraction]: ...

    def look_at_thread(self, thread: Thread, who: Who) -> Iterable[Finding | Retraction]:
        """Asked whenever something in the thread has changed."""
