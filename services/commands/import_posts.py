"""Carries out `requite import Posts.xml --map stackexchange`."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from services.commands.import_report import FIRST_REJECTS, progress
from services.events.history.checkpoint import Checkpoint, Progress, fingerprint
from services.events.history.importer import Told
from services.events.history.ports import Sink
from services.events.history.stackexchange import Posts, Tally
from services.events.history.streaming import StreamedImport, sent

STACKEXCHANGE = "stackexchange"
EVERY = 500


@dataclass(frozen=True, slots=True)
class Dump:
    """What to import, and where its progress is kept; `target` names where it goes."""

    file: Path
    site: str
    target: str
    state_folder: Path
    batch: int
    restart: bool


@dataclass(frozen=True, slots=True)
class ImportPosts:
    """Reads and sends in one go: nothing has to be seen as a whole first."""

    dump: Dump
    out: Console
    notes: Console
    open_sink: Callable[[], AbstractAsyncContextManager[Sink]]

    def dry_run(self) -> None:
        """Say what would come in."""
        posts = Posts(self.dump.file, self.dump.site)
        with progress(self.notes, "Reading", "bytes") as tell:
            for count, _ in enumerate(posts.acts()):
                if count % EVERY == 0:
                    tell(Told(posts.position, posts.size))
        self.out.print(_table(posts.tally))
        self.out.print("\nDry run: nothing was sent.")

    async def send(self) -> bool:
        """False if some acts were refused. Raises Unavailable, TargetRefuses, UnreadableFile."""
        dump = self.dump
        mapping = f"{STACKEXCHANGE} {dump.site}"
        checkpoint = Checkpoint(dump.state_folder, fingerprint(dump.file, mapping, dump.target))
        if dump.restart:
            checkpoint.clear()
        if before := sent(checkpoint.load()):
            self.notes.print(f"Going on after {before:,} acts; --restart sends all again.")
        posts = Posts(dump.file, dump.site)
        async with self.open_sink() as sink:
            with progress(self.notes, "Sending", "bytes") as tell:
                told = await StreamedImport(sink, checkpoint, dump.batch).run(
                    posts.acts(), lambda: tell(Told(posts.position, posts.size))
                )
        self.out.print(_table(posts.tally))
        self._report(told)
        checkpoint.clear()
        return sent(told) == told.accepted

    def _report(self, told: Progress) -> None:
        refused = sent(told) - told.accepted
        self.out.print(f"\n{told.accepted:,} acts are durable, {refused:,} were refused")
        if told.waiting:
            self.out.print(
                f"{told.waiting:,} of them wait until somebody is known by their alias; they count"
                " from then on, each at its own time. GET /v1/aliases:waiting lists the aliases."
            )
        for one in told.refused[:FIRST_REJECTS]:
            self.out.print(f"{one.event_id}: {one.reason}", markup=False)


def _table(tally: Tally) -> Table:
    table = Table("posts of the file", title="Posts", title_justify="left")
    table.add_column("number", justify="right")
    table.add_row("taken", f"{tally.posts:,}")
    table.add_row("accepted answers", f"{tally.accepted:,}")
    left_out = {
        "left out: without owner": tally.without_owner,
        "left out: wikis and the like": tally.other,
        "left out: broken": tally.broken,
        "accepted, but one of the two is not known": tally.unclear,
    }
    for label, number in left_out.items():
        if number:
            table.add_row(label, f"{number:,}")
    return table
