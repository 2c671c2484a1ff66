"""A mail server and a receiver of webhooks, each a process that keeps a line of what it took.

`python -m tests.servers.sinks mail|hook <port> <file> [secret]`
"""

import base64
import hashlib
import hmac
import json
import os
import re
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.servers.ports import LOOPBACK, accepts, free_port
from tests.servers.process import ServerProcess
from tests.servers.service import PROJECT

_MESSAGE_ID = re.compile(rb"^Message-ID: <([^@>]+)@", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken under an id: `digest` of its content."""

    id: str
    digest: str


class Sink(ServerProcess):
    """`kind` is mail or hook; a hook takes only what is signed with `secret` as Standard Webhooks
    say."""

    def __init__(self, kind: str, folder: Path, secret: str = "") -> None:
        super().__init__(f"{kind}-sink", folder)
        self.port = free_port()
        self._kind = kind
        self._secret = secret
        self._file = self.folder / "taken"

    @property
    def ports(self) -> Sequence[int]:
        return (self.port,)

    @property
    def working_folder(self) -> Path:
        return PROJECT

    def command(self) -> Sequence[str]:
        arguments = (self._kind, str(self.port), str(self._file), self._secret)
        return (sys.executable, "-m", "tests.servers.sinks", *arguments)

    def answers(self) -> bool:
        """Whether it listens."""
        return accepts(self.port)

    def count(self) -> int:
        """How often anything was taken."""
        return self._file.read_bytes().count(b"\n") if self._file.exists() else 0

    def taken(self) -> Sequence[Taken]:
        """All of it, in the order in which it came."""
        lines = self._file.read_text("utf-8").splitlines() if self._file.exists() else []
        return [Taken(**json.loads(line)) for line in lines]


class _Keeper:
    """What is kept stays when the process is killed: it is with the kernel before the answer."""

    def __init__(self, file: str) -> None:
        self._descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def keep(self, id: str, content: bytes) -> None:
        line = {"id": id, "digest": hashlib.sha256(content).hexdigest()}
        os.write(self._descriptor, json.dumps(line).encode() + b"\n")


class _Mails:
    def __init__(self, keeper: _Keeper) -> None:
        self._keeper = keeper

    async def handle_DATA(self, _server: SMTP, _session: Session, mail: Envelope) -> str:
        content = mail.original_content or b""
        found = _MESSAGE_ID.search(content)
        if found is None:
            return "554 no Message-ID"
        self._keeper.keep(found[1].decode(), content)
        return "250 OK"


def _take_mails(port: int, keeper: _Keeper) -> None:
    controller = Controller(_Mails(keeper), LOOPBACK, port)
    controller.start()
    signal.sigwait({signal.SIGTERM})
    controller.stop()


def _take_hooks(port: int, keeper: _Keeper, secret: str) -> None:
    key = base64.b64decode(secret.removeprefix("whsec_"))

    async def take(request: Request) -> Response:
        headers, body = request.headers, await request.body()
        id, time = headers["webhook-id"], headers["webhook-timestamp"]
        digest = hmac.digest(key, f"{id}.{time}.".encode() + body, "sha256")
        signature = f"v1,{base64.b64encode(digest).decode()}"
        if not hmac.compare_digest(signature, headers["webhook-signature"]):
            return Response(status_code=401)
        keeper.keep(id, body)
        return Response(status_code=204)

    app = Starlette(routes=[Route("/", take, methods=["POST"])])
    uvicorn.run(app, host=LOOPBACK, port=port, log_level="warning")


def _main(kind: str, port: str, file: str, secret: str) -> None:
    keeper = _Keeper(file)
    if kind == "mail":
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        _take_mails(int(port), keeper)
    else:
        _take_hooks(int(port), keeper, secret)


if __name__ == "__main__":
    _main(*sys.argv[1:])
