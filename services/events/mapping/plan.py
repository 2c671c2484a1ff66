"""What the rows of a file come to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from services.events.mapping.tally import Tally
from shared.contracts.cloudevents import CloudEvent
from shared.errors import Invalid


class PlannedAct(Protocol):
    """An act that is to be sent. `position` (time, id) is where it stands among all of them."""

    @property
    def id(self) -> str: ...
    @property
    def position(self) -> tuple[str, str]: ...
    def event(self, source: str) -> CloudEvent: ...


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an order is rejected, and the line that brought it about (0: the order as a whole)."""

    line: int
    reason: str

    def at(self, line: int) -> str:
        """The reason as it applies to a line of the order."""
        if self.line in (0, line):
            return self.reason
        return f"the order is left out because of line {self.line}: {self.reason}"


A_co = TypeVar("A_co", bound=PlannedAct, covariant=True)


@dataclass(slots=True)
class Plan(Generic[A_co]):
    """What would come in, and what is rejected: lines by number, whole orders by id."""

    acts: Sequence[A_co]
    tally: Tally
    faulty_lines: dict[int, str] = field(default_factory=dict)
    faulty_orders: dict[str, Fault] = field(default_factory=dict)


def explain(error: Invalid) -> str:
    """The reason, after the place where there is one."""
    return f"{error.pointer.lstrip('/')}: {error.reason}" if error.pointer else error.reason
