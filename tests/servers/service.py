"""One of the four services as a process of its own."""

import http.client
import os
import sys
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path

from tests.servers.ports import LOOPBACK, accepts
from tests.servers.process import ServerProcess

PROJECT = Path(__file__).resolve().parents[2]

_PROBE_SECONDS = 5


class Service(ServerProcess):
    """`python -m services.<name>` on `port`, with `settings` added to this environment."""

    def __init__(
        self,
        name: str,
        folder: Path,
        *,
        port: int,
        settings: Mapping[str, str],
        command: Sequence[str] | None = None,
    ) -> None:
        super().__init__(name, folder)
        self.port = port
        self.settings = settings
        self._command = command or (sys.executable, "-m", f"services.{name}")

    @property
    def url(self) -> str:
        """http://host:port."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def ports(self) -> Sequence[int]:
        return (self.port,)

    @property
    def working_folder(self) -> Path:
        return PROJECT

    def command(self) -> Sequence[str]:
        return self._command

    def environment(self) -> Mapping[str, str]:
        own = {
            "REQUITE_HOST": LOOPBACK,
            "REQUITE_PORT": str(self.port),
            "REQUITE_DATA_DIR": str(self.folder),
        }
        return {**os.environ, **self.settings, **own}

    def answers(self) -> bool:
        """Whether /readyz says 200."""
        if not accepts(self.port):
            return False
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=_PROBE_SECONDS)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
