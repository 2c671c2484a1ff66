"""The distributed form on one machine: Kafka, MongoDB and the four services, without Docker.

`python -m tests.servers.stack` runs it in the foreground until Ctrl-C or SIGTERM.
"""

import secrets
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Annotated, Self

import typer
from rich.console import Console
from rich.table import Table

from shared.web.keys import KeyRing
from tests.servers.kafka import Kafka
from tests.servers.mongod import Mongod
from tests.servers.ports import free_port
from tests.servers.process import ServerProcess, ServerUnavailable
from tests.servers.service import PROJECT, Service
from tests.servers.smtp import MailCatcher

SERVICES = ("notifier", "feedback", "engagement", "events")
"""Downstream first: started in this order, stopped in the other, so that all work drains."""
USUAL_PORTS = {"events": 8081, "engagement": 8082, "notifier": 8083, "feedback": 8084}
USUAL_SMTP_PORT = 1025

_WATCH_SECONDS = 0.5


class Stack:
    """Everything that runs, with its files under `folder`; data there is taken up again.

    `ports` names the services' ports (free ones if None), `commands` replaces a service's
    command, `settings` adds to or replaces the services' settings. Servers that are handed in
    are started and stopped like its own.
    """

    def __init__(
        self,
        folder: Path,
        *,
        ports: Mapping[str, int] | None = None,
        commands: Mapping[str, Sequence[str]] | None = None,
        settings: Mapping[str, str] | None = None,
        kafka: Kafka | None = None,
        mongod: Mongod | None = None,
        mail: MailCatcher | None = None,
    ) -> None:
        self.folder = folder.resolve()
        self.kafka = kafka or Kafka(self.folder / "kafka")
        self.mongod = mongod or Mongod(self.folder / "mongod")
        self.mail = mail or MailCatcher(folder=self.folder / "mail")
        self.keys = KeyRing(self.folder / "api-keys.json")
        chosen = {name: (ports or {}).get(name) or free_port() for name in SERVICES}
        self.settings = {**self._settings(chosen), **(settings or {})}
        self.services = {
            name: Service(
                name,
                self.folder / name,
                port=chosen[name],
                settings=self.settings | _own(name, chosen),
                command=(commands or {}).get(name),
            )
            for name in SERVICES
        }

    @property
    def processes(self) -> Mapping[str, ServerProcess]:
        """Every process by name, in the order of starting."""
        return {"mongod": self.mongod, "kafka": self.kafka, **self.services}

    def url(self, name: str) -> str:
        """Where the service `name` listens."""
        return self.services[name].url

    def start(self) -> None:
        """Start everything. Raises ServerUnavailable, OSError; then nothing is left running."""
        try:
            _start_together([self.mongod, self.kafka])
            self.mail.start()
            _start_together(list(self.services.values()))
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop everything, in the reverse order of starting."""
        with ExitStack() as stops:
            stops.callback(self.mongod.stop)
            stops.callback(self.kafka.stop)
            stops.callback(self.mail.stop)
            for service in self.services.values():
                stops.callback(service.stop)

    def kill(self, name: str) -> None:
        """SIGKILL one process."""
        self.processes[name].kill()

    def restart(self, name: str) -> None:
        """Start one process again, after stopping it if it runs."""
        self.processes[name].restart()

    def watch(self) -> ServerProcess:
        """Wait until a process ends by itself, and return it."""
        while True:
            for process in self.processes.values():
                if not process.is_running():
                    return process
            time.sleep(_WATCH_SECONDS)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _settings(self, ports: Mapping[str, int]) -> dict[str, str]:
        return {
            "REQUITE_MESSAGING": "kafka",
            "REQUITE_KAFKA_BOOTSTRAP": self.kafka.bootstrap,
            "REQUITE_STORAGE": "mongodb",
            "REQUITE_MONGODB_URL": self.mongod.url,
            "REQUITE_LINK_SECRET": _kept_secret(self.folder / "link-secret"),
            "REQUITE_PSEUDONYM_KEY": _kept_secret(self.folder / "pseudonym-key"),
            "REQUITE_API_KEYS_FILE": str(self.folder / "api-keys.json"),
            "REQUITE_PUBLIC_URL": f"http://127.0.0.1:{ports['feedback']}",
            "REQUITE_MAIL": "smtp",
            "REQUITE_LOG_LEVEL": "info",
            "REQUITE_SMTP_URL": self.mail.url,
            "REQUITE_PROGRAMME_DIR": str(PROJECT / "programme"),
        }


def run(stack: Stack, console: Console) -> int:
    """Run `stack` until Ctrl-C or SIGTERM (0), or until a part of it fails (1)."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.default_int_handler)
    try:
        console.print("Starting Kafka, MongoDB and the services.")
        with stack:
            console.print(_table(stack))
            first_key = stack.keys.create_first("owner", ["admin"])
            if first_key is not None:
                console.print(f"API key, shown only now: {first_key}", markup=False)
            console.print("Ctrl-C stops everything.")
            ended = stack.watch()
            console.print(f"{ended.name} ended with exit code {ended.exit_code}:")
            console.print(ended.log_tail(), markup=False)
    except ServerUnavailable as error:
        console.print(str(error), markup=False)
    except KeyboardInterrupt:
        console.print("Stopped.")
        return 0
    return 1


def _own(name: str, ports: Mapping[str, int]) -> dict[str, str]:
    # Nothing stands in front of the services here, and events has pages of its own.
    return {"REQUITE_PUBLIC_URL": f"http://127.0.0.1:{ports[name]}"} if name == "events" else {}


def _start_together(processes: Sequence[ServerProcess]) -> None:
    for process in processes:
        process.launch()
    for process in processes:
        process.wait_until_answering()


def _kept_secret(file: Path) -> str:
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(32))
    return file.read_text()


def _table(stack: Stack) -> Table:
    table = Table("what", "where", "process", "files", title="Requite runs")
    table.add_row("mongod", stack.mongod.url, str(stack.mongod.pid), str(stack.mongod.folder))
    table.add_row("kafka", stack.kafka.bootstrap, str(stack.kafka.pid), str(stack.kafka.folder))
    table.add_row("mail", stack.mail.url, "", str(stack.mail.folder or ""))
    for name, service in stack.services.items():
        table.add_row(name, service.url, str(service.pid), str(service.log))
    return table


def _main(
    folder: Annotated[Path, typer.Option(help="Where data, logs and mails go.")] = Path(
        "data/stack"
    ),
) -> None:
    """Kafka, MongoDB and the four services on this machine, until Ctrl-C."""
    mail = MailCatcher(port=USUAL_SMTP_PORT, folder=folder.resolve() / "mail")
    stack = Stack(folder, ports=USUAL_PORTS, mail=mail)
    raise typer.Exit(run(stack, Console()))


if __name__ == "__main__":
    typer.run(_main)
