"""Read and plan, then send in batches, each acknowledged one kept on disk before the next."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from services.events.history.checkpoint import Checkpoint, Progress, Refused
from services.events.history.ports import Sink
from services.events.history.reader import open_rows
from services.events.mapping.language import Mapping
from services.events.mapping.orders import Fault, Orders, Plan

EVERY = 500  # lines between two reports on reading


@dataclass(frozen=True, slots=True)
class Told:
    """How far it is: `done` of `total`, in bytes while reading, in acts while sending."""

    done: int
    total: int


Tell = Callable[[Told], None]


def read_plan(source: Path, mapping: Mapping, now: datetime, tell: Tell) -> Plan:
    """What `source` comes to. Raises OSError, UnreadableFile, MappingError (missing column)."""
    orders = Orders(mapping)
    size = source.stat().st_size
    with open_rows(source, mapping.file) as rows:
        if mapping.file.kind == "csv":
            mapping.check_columns(rows.header)
        for count, line in enumerate(rows.lines):
            if line.fault:
                orders.refuse(line.number, line.fault, line.row)
            elif line.row is not None:
                orders.add(line.row, line.number)
            if count % EVERY == 0:
                tell(Told(min(rows.position(), size), size))
    tell(Told(size, size))
    return orders.close(now)


@dataclass(frozen=True, slots=True)
class Import:
    """Sends a plan. What was acknowledged before is not sent again, unless it is to restart."""

    plan: Plan
    mapping: Mapping
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
        refused = await self.sink.send([act.event(self.mapping.source) for act in chunk])
        told = [(chunk[index].id, refused[index]) for index in sorted(refused)]
        return Progress(
            position=chunk[-1].position,
            accepted=before.accepted + len(chunk) - len(refused),
            refused=(*before.refused, *(Refused(one, _order_id(one), why) for one, why in told)),
        )


def _order_id(event_id: str) -> str:
    return event_id.partition("-")[2]


def faults(plan: Plan, progress: Progress) -> dict[str, Fault]:
    """Orders that are rejected: by the plan, or by the target afterwards."""
    later = {
        one.order_id: Fault(0, f"refused by the target ({one.event_id}): {one.reason}")
        for one in progress.refused
    }
    return {**later, **plan.faulty_orders}
