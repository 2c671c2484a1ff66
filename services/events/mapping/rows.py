"""Rows that stand for themselves, to acts; of two rows that tell the same act the first counts."""

from dataclasses import dataclass
from datetime import datetime

from services.events.domain.admission import Admission
from services.events.mapping.columns import Row
from services.events.mapping.conclusion import LeftOut
from services.events.mapping.language import ActsMapping
from services.events.mapping.plan import Plan, explain
from services.events.mapping.tally import Tally
from services.events.mapping.telling import tell
from shared.contracts.acts import EARLIEST
from shared.contracts.cloudevents import CloudEvent
from shared.errors import Invalid


@dataclass(frozen=True, slots=True)
class RowAct:
    """An act and the line of the row that told it."""

    told: CloudEvent
    line: int

    @property
    def id(self) -> str:
        """The event's id."""
        return self.told.id

    @property
    def moment(self) -> datetime:
        """When it happened, which a mapping for files says of every act."""
        return self.told.instant or EARLIEST

    @property
    def position(self) -> tuple[str, str]:
        """Sorts acts by time, then by id."""
        return self.told.time or "", self.told.id

    def event(self, source: str) -> CloudEvent:
        """The CloudEvent of the act, from `source`, the mapping's own."""
        return self.told


class Rows:
    """Gathers acts; memory grows with them."""

    def __init__(self, mapping: ActsMapping) -> None:
        self._mapping = mapping
        self._acts: dict[str, RowAct] = {}
        self._faulty: dict[int, str] = {}
        self._told: dict[int, list[RowAct]] = {}
        self._tally = Tally()

    def add(self, row: Row, line: int) -> None:
        """Take in a row; one that can't be read is rejected as a whole."""
        try:
            told = tell(self._mapping, row)
        except Invalid as error:
            self.refuse(line, explain(error))
            return
        new = [RowAct(event, line) for event in told.events if event.id not in self._acts]
        if not told.events:
            self._leave_out("without_customer" if told.nobody else "skipped")
        elif not new:
            self._leave_out("repeated")
        else:
            self._acts |= {act.id: act for act in new}
            self._told[line] = new

    def refuse(self, line: int, reason: str, row: Row | None = None) -> None:
        """Reject a row."""
        self._faulty[line] = reason
        self._tally.rejected_lines += 1

    def close(self, admission: Admission) -> Plan[RowAct]:
        """The acts of all rows, earliest first. Every one is what `admission` admits."""
        acts: list[RowAct] = []
        for line, told in self._told.items():
            try:
                for act in told:
                    admission.admit(act.told)
            except Invalid as error:
                self.refuse(line, explain(error))
                continue
            self._tally.taken.add(1)
            for act in told:
                self._tally.see(act.told.type, act.told.subject or "", act.moment)
            acts += told
        acts.sort(key=lambda act: act.position)
        return Plan(acts, self._tally, self._faulty)

    def _leave_out(self, reason: LeftOut) -> None:
        self._tally.left_out[reason].add(1)
