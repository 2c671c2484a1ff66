"""Carries out `requite import`: chooses where acts go, reports, and gives the exit code."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from rich.console import Console

from services.commands.import_posts import STACKEXCHANGE, Dump, ImportPosts
from services.commands.import_report import progress, show_plan, show_rejects
from services.commands.instance import REQUEST_SECONDS, WrongUse, api_key, data_folder
from services.events.domain.admission import Admission
from services.events.domain.pseudonyms import Pseudonyms
from services.events.history.checkpoint import Checkpoint, Progress, fingerprint
from services.events.history.http_sink import HttpSink
from services.events.history.importer import Import, faulty_lines, faulty_orders, read_plan
from services.events.history.patience import Patience
from services.events.history.ports import Sink, TargetRefuses
from services.events.history.reader import UnreadableFile
from services.events.history.rejects import rejects_of, write_rejects
from services.events.history.shipped import mapping_text, shipped_names
from services.events.history.stackexchange import is_site, site_of
from services.events.history.topic_sink import TopicSink
from services.events.mapping.document import MappingError
from services.events.mapping.field_parser import HashEmail
from services.events.mapping.language import AnyMapping
from services.events.mapping.parser import parse_mapping
from services.events.mapping.plan import Plan, PlannedAct
from services.events.outbound.acts_topic import ActsTopic
from shared.clock import SystemClock
from shared.config import DEFAULT_PROGRAMME
from shared.contracts.catalogue import Catalogue
from shared.contracts.topics import ACTS
from shared.errors import Unavailable
from shared.programme.loader import load
from shared.programme.model import Programme
from shared.programme.problems import ProgrammeInvalid

DONE, SOME_REJECTED, WRONG, AWAY, INTERRUPTED = 0, 1, 2, 3, 130


@dataclass(frozen=True, slots=True)
class Options:
    """The command line."""

    file: Path
    mapping: str
    dry_run: bool = False
    url: str = "http://127.0.0.1:8080"
    key: str | None = None
    key_file: Path | None = None
    kafka: str | None = None
    rejects: Path | None = None
    batch: int = 500
    state: Path | None = None
    restart: bool = False
    site: str | None = None

    @property
    def target(self) -> str:
        """Names the target, for the checkpoint."""
        return f"kafka {self.kafka}" if self.kafka else f"http {self.url.rstrip('/')}"

    @property
    def rejects_path(self) -> Path:
        """Where rejected lines go."""
        stem = self.file.name.removesuffix(".gz").rsplit(".", 1)[0]
        return self.rejects or Path(f"{stem}.rejects.csv")

    @property
    def state_folder(self) -> Path:
        """Where checkpoints stand (XDG Base Directory Specification)."""
        home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
        return self.state or Path(home) / "requite" / "imports"


def execute(options: Options) -> int:
    """The exit code; everything that there is to say has been said."""
    out = Console(highlight=False, soft_wrap=True)
    notes = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        return asyncio.run(_Command(options, out, notes).run())
    except MappingError as error:
        for problem in error.problems:
            notes.print(f"{options.mapping}:{problem.line}: {problem.reason}", markup=False)
        return WRONG
    except (WrongUse, UnreadableFile, TargetRefuses, ProgrammeInvalid, OSError) as error:
        notes.print(str(error), markup=False)
        return WRONG
    except Unavailable as error:
        notes.print(f"Gave up: {error}. The same command goes on from here.", markup=False)
        return AWAY
    except KeyboardInterrupt:
        notes.print("Interrupted. The same command goes on after the last acknowledged batch.")
        return INTERRUPTED


class _Command:
    def __init__(self, options: Options, out: Console, notes: Console) -> None:
        self._options = options
        self._out = out
        self._notes = notes
        self._clock = SystemClock()
        programme = _programme()
        self._catalogue = Catalogue(programme.acts.values())
        self._opened = programme.settings.opened

    async def run(self) -> int:
        options = self._options
        if options.mapping == STACKEXCHANGE:
            return await self._import_posts()
        text = _mapping_text(options.mapping)
        mapping = parse_mapping(text, _hash_email())
        if options.rejects_path.exists() and options.rejects_path.samefile(options.file):
            raise WrongUse("the reject file is the file to import; name another with --rejects")
        admission = Admission(self._catalogue, self._clock.now(), self._opened)
        with progress(self._notes, "Reading", "bytes") as tell:
            plan = read_plan(options.file, mapping, admission, tell)
        if options.dry_run:
            return self._dry_run(plan, mapping)
        checkpoint = Checkpoint(
            options.state_folder, fingerprint(options.file, text, options.target)
        )
        if options.restart:
            checkpoint.clear()
        sent = await self._send(plan, mapping, checkpoint)
        show_plan(self._out, plan)
        rejected = self._write_rejects(plan, mapping, sent)
        checkpoint.clear()
        return SOME_REJECTED if rejected else DONE

    async def _import_posts(self) -> int:
        options = self._options
        site = options.site or site_of(options.file)
        if site is None or not is_site(site):
            raise WrongUse("which site? Say it with --site: coffee, for coffee.stackexchange.com")
        if options.kafka:
            raise WrongUse("only an instance knows the people of a site: use --url")
        dump = Dump(
            file=options.file,
            site=site,
            target=options.target,
            state_folder=options.state_folder,
            batch=options.batch,
            restart=options.restart,
        )
        command = ImportPosts(dump, self._out, self._notes, self._open_sink)
        if options.dry_run:
            command.dry_run()
            return DONE
        return DONE if await command.send() else SOME_REJECTED

    def _dry_run(self, plan: Plan[PlannedAct], mapping: AnyMapping) -> int:
        show_plan(self._out, plan)
        show_rejects(self._out, plan)
        if self._options.rejects is not None:
            self._write_rejects(plan, mapping, Progress())
        self._out.print("\nDry run: nothing was sent.")
        return SOME_REJECTED if plan.faulty_lines or plan.faulty_orders else DONE

    async def _send(
        self, plan: Plan[PlannedAct], mapping: AnyMapping, checkpoint: Checkpoint
    ) -> Progress:
        before = checkpoint.load()
        if before.position[0]:
            known = before.accepted + len(before.refused)
            self._notes.print(f"Going on after {known:,} acts; --restart sends all again.")
        async with self._open_sink() as sink:
            with progress(self._notes, "Sending", "acts") as tell:
                sent = await Import(plan, mapping, sink, checkpoint, self._options.batch).run(tell)
        self._out.print(
            f"{sent.accepted:,} acts are durable at {self._options.target.split(' ')[1]}"
            f"{f', {len(sent.refused):,} were refused' if sent.refused else ''}\n"
        )
        if sent.waiting:
            self._out.print(
                f"{sent.waiting:,} of them wait until somebody is known by their alias; they count"
                " from then on, each at its own time.\n"
            )
        return sent

    def _write_rejects(self, plan: Plan[PlannedAct], mapping: AnyMapping, sent: Progress) -> int:
        options = self._options
        lines, orders = faulty_lines(plan, sent), faulty_orders(plan, sent)
        rejects = rejects_of(options.file, mapping, lines, orders)
        count = write_rejects(options.rejects_path, options.file, mapping.file, rejects)
        if count:
            self._out.print(f"\n{count:,} rejected lines with reasons: {options.rejects_path}")
        return count

    @asynccontextmanager
    async def _open_sink(self) -> AsyncIterator[Sink]:
        options, clock = self._options, self._clock
        patience = Patience(asyncio.sleep)
        if options.kafka:
            from shared.messaging.kafka_log import KafkaOptions, open_kafka_log

            replicas = int(os.environ.get("REQUITE_KAFKA_REPLICATION", "1"))
            async with open_kafka_log(KafkaOptions(options.kafka, replicas)) as log:
                await log.ensure_topics([ACTS])
                yield TopicSink(ActsTopic(log), patience, clock, self._catalogue, self._opened)
            return
        headers = {"Authorization": f"Bearer {api_key(options.key, options.key_file)}"}
        async with httpx.AsyncClient(
            base_url=options.url, headers=headers, timeout=REQUEST_SECONDS
        ) as client:
            yield HttpSink(client, patience, clock)


def _programme() -> Programme:
    """The programme that events has. Raises ProgrammeInvalid."""
    folder = os.environ.get("REQUITE_PROGRAMME_DIR")
    return load(Path(folder) if folder else DEFAULT_PROGRAMME)


def _hash_email() -> HashEmail | None:
    """By the key of the instance: as set, else as it stands in the data folder here."""
    key = os.environ.get("REQUITE_PSEUDONYM_KEY")
    file = data_folder() / "pseudonym-key"
    if not key and file.is_file():
        key = file.read_text("ascii").strip()
    return Pseudonyms(key).email if key else None


def _mapping_text(name: str) -> str:
    try:
        return mapping_text(name)
    except UnicodeDecodeError:
        raise WrongUse(f"{name} is not UTF-8") from None
    except OSError:
        known = ", ".join([*shipped_names(), STACKEXCHANGE])
        raise WrongUse(f"no mapping {name}; a path, or one of {known}") from None
