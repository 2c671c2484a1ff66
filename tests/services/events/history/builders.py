"""Files, plans and targets for tests."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from services.events.history.importer import read_plan
from services.events.history.ports import Sent, Sink
from services.events.mapping.language import FileFormat
from services.events.mapping.plan import Plan, PlannedAct
from shared.contracts.cloudevents import CloudEvent
from tests.services.events.mapping.builders import ADMISSION, make_mapping

CSV = FileFormat("csv", "utf-8-sig", ",")
HEADER = "id,time,customer,quantity,price\n"


def write_orders(path: Path, numbers: Iterable[int]) -> Path:
    """A file of small orders with these numbers, one a line, some minutes apart."""
    rows = (f"{n},2026-01-05T{n // 60 % 24:02}:{n % 60:02},c-{n % 7},1,{n}.50\n" for n in numbers)
    path.write_text(HEADER + "".join(rows), "utf-8")
    return path


def make_plan(path: Path) -> Plan[PlannedAct]:
    """What the file comes to, by the mapping LINES."""
    return read_plan(path, make_mapping(), ADMISSION, lambda told: None)


class Ledger(Sink):
    """A target that counts each event once, and may refuse or fail as told."""

    def __init__(self, refuse: Mapping[str, str] | None = None) -> None:
        self.totals: dict[str, str] = {}
        self.batches: list[list[str]] = []
        self._refuse = refuse or {}
        self.fail_after: int | None = None
        self.failure: BaseException = RuntimeError()

    async def send(self, events: Sequence[CloudEvent]) -> Sent:
        if self.fail_after is not None and len(self.batches) >= self.fail_after:
            raise self.failure
        self.batches.append([event.id for event in events])
        refused = {}
        for index, event in enumerate(events):
            if event.id in self._refuse:
                refused[index] = self._refuse[event.id]
            else:
                self.totals.setdefault(event.id, json.loads(event.data or b"")["total"])
        return Sent(refused)
