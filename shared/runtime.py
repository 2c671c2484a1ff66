"""A process from its settings to its exit code: infrastructure, server, signals."""

import asyncio
import gc
import math
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    asynccontextmanager,
    contextmanager,
    suppress,
)
from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import Any, NoReturn
from uuid import uuid4

import structlog
import uvicorn
from pydantic import SecretStr, ValidationError
from pydantic_settings import SettingsError
from starlette.types import ASGIApp

from shared.clock import Clock, SystemClock
from shared.config import Settings
from shared.contracts.topics import CATALOGUE
from shared.errors import RequiteError
from shared.logging import configure_logging
from shared.messaging.consumer import Consumer
from shared.messaging.ports import MessageLog
from shared.programme.loader import load
from shared.programme.model import Programme
from shared.programme.problems import ProgrammeInvalid
from shared.supervision import FatalSwitch, Supervisor, every, open_supervisor
from shared.web.app import Edge
from shared.web.http_protocol import BoundedHead
from shared.web.keys import KeyRing
from shared.web.rate_limit import RateLimit

OK, FAILED, WRONG_SETTING, INTERRUPTED = 0, 1, 2, 130
MAINTENANCE_SECONDS = 60.0

log = structlog.get_logger()


def new_id() -> str:
    """A random id of 32 hex digits."""
    return uuid4().hex


@dataclass(frozen=True, slots=True)
class Infrastructure:
    """What a process opens once, whichever services it runs.

    `stopping` is set as soon as the server takes no more connections, for answers without an end
    of their own.
    """

    settings: Settings
    programme: Programme
    link_secret: str
    pseudonym_key: str
    log: MessageLog
    edge: Edge
    clock: Clock
    ids: Callable[[], str] = new_id
    fatal: FatalSwitch = field(default_factory=FatalSwitch)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def keys(self) -> KeyRing:
        """The API keys."""
        return self.edge.keys

    @contextmanager
    def consuming(self, consumer: Consumer, supervisor: Supervisor) -> Iterator[None]:
        """Run `consumer` under `supervisor`, with its progress in /readyz and /metrics."""
        name = f"{consumer.group}_consumer"
        with (
            self.edge.health.adding(name, consumer.check),
            self.edge.consumers.adding(consumer),
        ):
            supervisor.start(name, consumer.run(), consumer.stop)
            yield

    def supervise(self) -> AbstractAsyncContextManager[Supervisor]:
        """A supervisor whose tasks' death ends this process, for a lifespan to enter."""
        return open_supervisor(self.fatal.trip, self.settings.shutdown_seconds)


CreateApp = Callable[[Infrastructure], ASGIApp]
OnStarted = Callable[[str], None]


@asynccontextmanager
async def open_infrastructure(
    settings: Settings, clock: Clock | None = None
) -> AsyncIterator[Infrastructure]:
    """Read the programme and open the message log, with every topic of the catalogue in it.

    Raises ProgrammeInvalid; Unavailable if the log can't be reached.
    """
    programme = load(settings.programme_dir)
    keys = KeyRing(settings.keys_file, RateLimit(settings.requests_per_second))
    edge, clock, fatal = Edge(keys), clock or SystemClock(), FatalSwitch()
    async with _open_log(settings, clock, fatal) as message_log:
        await message_log.ensure_topics(CATALOGUE)
        link_secret = _secret(settings, settings.link_secret, "link-secret")
        pseudonym_key = _secret(settings, settings.pseudonym_key, "pseudonym-key")
        with edge.health.adding("log", message_log.ping):
            yield Infrastructure(
                settings,
                programme,
                link_secret,
                pseudonym_key,
                message_log,
                edge,
                clock,
                fatal=fatal,
            )


@asynccontextmanager
async def _open_log(
    settings: Settings, clock: Clock, fatal: FatalSwitch
) -> AsyncIterator[MessageLog]:
    if settings.messaging == "kafka":
        from shared.messaging.kafka_log import KafkaOptions, open_kafka_log

        options = KafkaOptions(
            settings.kafka_bootstrap,
            settings.kafka_replication,
            session_timeout=settings.kafka_session_seconds,
        )
        async with open_kafka_log(options) as kafka_log:
            yield kafka_log
        return
    from shared.messaging.sqlite_log import open_sqlite_log

    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with (
        open_sqlite_log(settings.data_dir / "log.sqlite", clock) as sqlite_log,
        open_supervisor(fatal.trip, settings.shutdown_seconds) as supervisor,
    ):
        supervisor.start("log_maintenance", every(MAINTENANCE_SECONDS, sqlite_log.maintain))
        yield sqlite_log


def _secret(settings: Settings, given: SecretStr | None, name: str) -> str:
    """A secret of this deployment: as given, else made on the first start and kept as `name`."""
    if given is not None:
        return given.get_secret_value()
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = settings.data_dir / name
    if not file.exists():
        draft = file.with_name(f"{name}.{new_id()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="ascii") as made:
            made.write(token_urlsafe(32))
            made.flush()
            os.fsync(descriptor)
        # A link never replaces what another process has made meanwhile.
        with suppress(FileExistsError):
            os.link(draft, file)
        draft.unlink()
    return file.read_text(encoding="ascii")


def entrypoint(create_app: CreateApp) -> NoReturn:
    """Run one process to its end; the whole of a service's `__main__`."""
    sys.exit(run(create_app))


def read_settings(defaults: Mapping[str, Any] | None = None) -> Settings:
    """The settings of the environment; `defaults` replace those of settings that are not set.

    Says in one line for each what is wrong, and exits with 2.
    """
    try:
        settings = Settings()
    except (ValidationError, SettingsError) as error:
        sys.stderr.writelines(f"{line}\n" for line in explain(error))
        sys.exit(WRONG_SETTING)
    given = settings.model_fields_set
    missing = {name: value for name, value in (defaults or {}).items() if name not in given}
    return settings.model_copy(update=missing)


def run(
    create_app: CreateApp, on_started: OnStarted | None = None, settings: Settings | None = None
) -> int:
    """Open the infrastructure and serve; the process's exit code.

    0 after SIGTERM or Ctrl-C, 1 after a failure, 2 for a wrong setting or programme.
    """
    settings = settings or read_settings()
    configure_logging(settings.log_level)
    loop_factory = uvicorn.Config(_no_app, log_config=None).get_loop_factory()
    try:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            return runner.run(_run(settings, create_app, on_started))
    except KeyboardInterrupt:
        return INTERRUPTED


async def _run(settings: Settings, create_app: CreateApp, on_started: OnStarted | None) -> int:
    try:
        async with open_infrastructure(settings) as infrastructure:
            return await serve(create_app(infrastructure), infrastructure, on_started)
    except ProgrammeInvalid as error:
        sys.stderr.writelines(f"{problem}\n" for problem in error.problems)
        return WRONG_SETTING
    except (RequiteError, OSError) as error:
        log.error("start_failed", kind=type(error).__name__, reason=str(error))
        return FAILED


async def serve(
    app: ASGIApp, infrastructure: Infrastructure, on_started: OnStarted | None = None
) -> int:
    """Serve until SIGTERM, Ctrl-C or the death of a supervised task; the exit code.

    Then: no new connections, `shutdown_seconds` for requests in flight, the app's lifespan exit
    (where consumers drain). A second Ctrl-C ends the process at once, which loses nothing that
    was acknowledged. `on_started` is told the URL once connections are accepted.
    """
    settings = infrastructure.settings
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        access_log=False,
        http=BoundedHead,
        lifespan="on",
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=math.ceil(settings.shutdown_seconds),
        # Longer than load balancers keep theirs, which else send into a closing connection.
        timeout_keep_alive=75,
        ws="none",
    )
    server = _Server(config, infrastructure, on_started)
    try:
        await server.serve()
    except SystemExit:
        return FAILED  # Uvicorn's way to say that it could not start; it has logged why.
    failed = infrastructure.fatal.tripped or server.lifespan.should_exit
    log.info("server_stopped", clean=not failed)
    return FAILED if failed else OK


class _Server(uvicorn.Server):
    def __init__(
        self, config: uvicorn.Config, infrastructure: Infrastructure, on_started: OnStarted | None
    ) -> None:
        super().__init__(config)
        self._fatal = infrastructure.fatal
        self._stopping = infrastructure.stopping
        self._on_started = on_started

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # Uvicorn's own raises the signal again at the end, and the exit code would not be 0.
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._on_terminate)
        loop.add_signal_handler(signal.SIGINT, self._on_interrupt)
        try:
            yield
        finally:
            loop.remove_signal_handler(signal.SIGTERM)
            loop.remove_signal_handler(signal.SIGINT)

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        await super().startup(None)
        _spare_the_collector()
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        log.info("server_started", url=url)
        if self._on_started is not None:
            self._on_started(url)

    async def shutdown(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        self._stopping.set()
        await super().shutdown(None)

    async def on_tick(self, counter: int) -> bool:
        return self._fatal.tripped or await super().on_tick(counter)

    def _on_terminate(self) -> None:
        self.should_exit = True

    def _on_interrupt(self) -> None:
        if self.should_exit:
            os._exit(INTERRUPTED)
        self.should_exit = True


def _spare_the_collector() -> None:
    """Collect cycles seldom: a batch of events is thousands of objects and no cycle, and looking
    through them took a third of the time of taking them in (docs/benchmarks.md)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def explain(error: ValidationError | SettingsError) -> list[str]:
    """One line for each wrong setting, by the name of its environment variable."""
    if isinstance(error, SettingsError):
        return [str(error)]
    prefix = Settings.model_config["env_prefix"]
    lines = []
    for wrong in error.errors(include_url=False, include_input=False):
        place = "_".join(str(step) for step in wrong["loc"]).upper()
        message = wrong["msg"].removeprefix("Value error, ")
        lines.append(f"{prefix}{place}: {message}" if place else message)
    return lines


async def _no_app(*_: object) -> None:
    """Stands in where uvicorn's configuration is asked for its event loop only."""
