"""Read and plan, then send in batches, each acknowledged one kept on disk before the next."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from services.events.domain.admission import Admission
from services.events.history.checkpoint import Checkpoint, Progress, Refused
from services.events.history.ports import Sink
from services.events.history.reader import open_rows
from services.events.mapping.language import ActsMapping, AnyMapping
from services.events.mapping.orders import Orders
from services.events.mapping.plan import Fault, Plan, PlannedAct
from services.events.mapping.rows import RowAct, Rows

EVERY = 500  # lines between two reports on reading


@dataclass(frozen=True, slots=True)
class Told:
    """How far it is: `done` of `total`, in bytes while reading, in acts while sending."""

    done: int
    total: int


Tell = Callable[[Told], None]


def read_plan(
    source: Path, mapping: AnyMapping, admission: Admission, tell: Tell
) -> Plan[PlannedAct]:
    """What `source` comes to. Raises OSError, UnreadableFile, MappingError (missing column)."""
    gather = Rows(mapping) if isinstance(mapping, ActsMapping) else Orders(mapping)
    size = source.stat().st_size
    with open_rows(source, mapping.file) as rows:
        if mapping.file.kind == "csv":
            mapping.check_columns(rows.header)
        for count, line in enumerate(rows.lines):
            if line.fault:
                gather.refuse(line.number, line.fault, line.row)
            elif line.row is not None:
                gather.add(line.row, line.number)
            if count % EVERY == 0:
                tell(Told(min(rows.position(), size), size))
    tell(Told(size, size))
    return gather.close(admission)


@dataclass(frozen=True, slots=True)
class Import:
    """Sends a plan. What was acknowledged before is not sent again, unless it is to restart."""

    plan: Plan[PlannedAct]
    mapping: AnyMapping
    sink: Sink
    checkpoint: Checkpoint
    batch: int

    async def run(self, tell: Tell) -> Progress:
        """Everything has been sent once this returns. Raises Unavailable, TargetRefuses.

        The checkpoint stays, so that what follows may fail; `clear` it when all is done.
        """
        acts = self.plan.acts
        progress = self.checkpoint.load()
        start = bisect_right(acts, progress.position, key=lambda act: act.position)
        tell(Told(start, len(acts)))
        for first in range(start, len(acts), self.batch):
            progress = await self._send(first, progress)
            self.checkpoint.save(progress)
            tell(Told(min(first + self.batch, len(acts)), len(acts)))
        return progress

    async def _send(self, first: int, before: Progress) -> Progress:
        chunk = self.plan.acts[first : first + self.batch]
        sent = await self.sink.send([act.event(self.mapping.source) for act in chunk])
        told = [(chunk[index].id, sent.refused[index]) for index in sorted(sent.refused)]
        return Progress(
            position=chunk[-1].position,
            accepted=before.accepted + len(chunk) - len(sent.refused),
            refused=(*before.refused, *(Refused(one, _order_id(one), why) for one, why in told)),
            waiting=before.waiting + sent.waiting,
        )


def _order_id(event_id: str) -> str:
    return event_id.partition("-")[2]


def faulty_orders(plan: Plan[PlannedAct], progress: Progress) -> dict[str, Fault]:
    """Orders that are rejected: by the plan, or by the target afterwards."""
    later = {one.order_id: Fault(0, _refusal(one)) for one in progress.refused}
    return {**later, **plan.faulty_orders}


def faulty_lines(plan: Plan[PlannedAct], progress: Progress) -> dict[int, str]:
    """Lines that are rejected for themselves: by the plan, or by the target afterwards."""
    lines = {act.id: act.line for act in plan.acts if isinstance(act, RowAct)}
    later = {
        lines[one.event_id]: _refusal(one) for one in progress.refused if one.event_id in lines
    }
    return {**later, **plan.faulty_lines}


def _refusal(one: Refused) -> str:
    return f"refused by the target ({one.event_id}): {one.reason}"
