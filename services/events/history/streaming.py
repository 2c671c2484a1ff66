"""Acts sent as they are read, in batches, each acknowledged one kept on disk before the next."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from services.events.history.checkpoint import Checkpoint, Progress, Refused
from services.events.history.ports import Sink
from shared.contracts.cloudevents import CloudEvent

MOST_REFUSALS = 1000
"""So many are told with their reasons; the others are counted."""


@dataclass(frozen=True, slots=True)
class StreamedImport:
    """Sends acts that come in the same order each time; goes on after those acknowledged."""

    sink: Sink
    checkpoint: Checkpoint
    batch: int

    async def run(self, acts: Iterable[CloudEvent], tell: Callable[[], None]) -> Progress:
        """Everything has been sent once this returns; `tell` is called after each batch.

        The position of the progress is the number of acts, then the last one's id. Raises
        Unavailable, TargetRefuses, and what reading `acts` raises.
        """
        progress = self.checkpoint.load()
        stream = iter(acts)
        for _ in islice(stream, sent(progress)):
            pass
        for chunk in _chunks(stream, self.batch):
            progress = await self._send(chunk, progress)
            self.checkpoint.save(progress)
            tell()
        return progress

    async def _send(self, chunk: list[CloudEvent], before: Progress) -> Progress:
        outcome = await self.sink.send(chunk)
        refused = [
            Refused(chunk[index].id, "", outcome.refused[index])
            for index in sorted(outcome.refused)
        ]
        return Progress(
            position=(str(sent(before) + len(chunk)), chunk[-1].id),
            accepted=before.accepted + len(chunk) - len(refused),
            refused=(*before.refused, *refused)[:MOST_REFUSALS],
            waiting=before.waiting + outcome.waiting,
        )


def sent(progress: Progress) -> int:
    """How many acts were acknowledged or refused."""
    return int(progress.position[0] or 0)


def _chunks(acts: Iterator[CloudEvent], size: int) -> Iterator[list[CloudEvent]]:
    while chunk := list(islice(acts, size)):
        yield chunk
