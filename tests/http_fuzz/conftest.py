"""One embedded server for all garbage, with a key that may do everything."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from shared.web.keys import KeyRing
from tests.servers.ports import free_port
from tests.servers.service import Service

SERVICES = ("events", "engagement", "notifier", "feedback")


@dataclass(frozen=True, slots=True)
class Target:
    """A running server and what a request that may do everything carries."""

    process: Service
    headers: dict[str, str]

    @property
    def url(self) -> str:
        """http://host:port."""
        return self.process.url

    def still_runs(self) -> None:
        """Raises AssertionError once it has ended, or logged a failure that nobody foresaw."""
        assert self.process.is_running(), self.process.log_tail()
        log = self.process.log.read_text(errors="replace")
        unforeseen = [line for line in log.splitlines() if "Traceback" in line]
        assert unforeseen == []


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    folder = tmp_path_factory.mktemp("fuzz")
    key = KeyRing(folder / "api-keys.json").create("fuzz", ["admin"])
    process = Service("embedded", folder, port=free_port(), settings={})
    with process:
        yield Target(process, {"Authorization": f"Bearer {key}"})
