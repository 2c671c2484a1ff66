"""Decisions, one an occasion."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.notifier.domain.decision import Decision
from services.notifier.domain.planning import Plan
from shared.contracts.messages import Verdict


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page ends: time (ms) and id of its last item."""

    time: int
    id: str


@dataclass(frozen=True, slots=True)
class DecisionQuery:
    """Which decisions to list, newest decided first: those after `after`, at most `limit`.

    `customer` is also whoever stands for the same person.
    """

    limit: int
    after: Position | None = None
    customer: str | None = None
    act_source: str | None = None
    act_id: str | None = None
    verdict: Verdict | None = None
    reason: str | None = None
    rule: str | None = None

    @property
    def conditions(self) -> Mapping[str, str]:
        """What must be equal besides the customer, by the names of the members."""
        wanted = {
            "act_id": self.act_id,
            "act_source": self.act_source,
            "verdict": self.verdict,
            "reason": self.reason,
            "rule": self.rule,
        }
        return {name: value for name, value in wanted.items() if value is not None}


@dataclass(frozen=True, slots=True)
class UnthankedQuery:
    """Occasions that a rule answers (those of purpose thanks) and that got no message: held or
    suppressed, the oldest occasion first; `after` is by the occasion's time."""

    limit: int
    after: Position | None = None
    customer: str | None = None


class DecisionStore(Protocol):
    """What plans change is left to be announced as the decisions say."""

    async def known(self, ids: Collection[str]) -> Mapping[str, Decision]:
        """Those of these ids that were decided already, as they stand."""

    async def held(self, customers: Sequence[str]) -> Mapping[str, Sequence[Decision]]:
        """Held decisions of these customers and of all who stand for the same person, by the id
        asked for; those that are due the soonest first, at most 200 each."""

    async def carry_out(self, plans: Sequence[Plan]) -> Collection[str]:
        """Write each plan, all or nothing, each customer (a survivor) at most once: new decisions
        and messages, charges and firsts, and held decisions in the place of the revision they
        carry, which grows by one.

        Returns the customers whose plan was not written since their attention or one of the
        changed decisions has moved on, a new decision stands already, or they were erased: they
        are to be planned anew. Who is erased just while a plan without `revision` is written can be
        missed, so whoever writes such plans reads the customers again afterwards.
        """

    async def wake(self, customers: Sequence[str], now: int) -> None:
        """Make the held decisions due `now` of these customers, and of all who stand for the
        same person as one of them does or did before a merge was undone."""

    async def due(self, now: int, most: int) -> Sequence[str]:
        """The customers (as decisions name them, each once) of at most `most` held decisions that
        are due, the longest due first."""

    async def unannounced(self, most: int) -> Sequence[Decision]:
        """Decisions that others have not been told of."""

    async def announced(self, decisions: Sequence[Decision]) -> None:
        """Others know these revisions."""

    async def page(self, query: DecisionQuery) -> Sequence[Decision]:
        """As asked for."""

    async def unthanked(self, query: UnthankedQuery) -> Sequence[Decision]:
        """As asked for."""

    async def unthanked_count(self, before: int, most: int) -> int:
        """How many are unthanked and held whose occasion is from before this time; counting stops
        at `most`."""
