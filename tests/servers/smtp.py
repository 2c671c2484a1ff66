"""A real SMTP server that keeps what it receives."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers.ports import LOOPBACK, free_port


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """One mail as it came over the wire."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        """The parsed mail."""
        return message_from_bytes(self.raw, policy=policy.default)


def accept(_mail: ReceivedMail) -> str:
    """The answer to a mail that is welcome."""
    return "250 OK"


class MailCatcher:
    """Listens on a loopback port; keeps accepted mails in `mails` and, with a folder, as .eml.

    `answer` gives the SMTP reply to a mail, such as "451 try later"; only those answered with 2xx
    are kept.
    """

    def __init__(
        self,
        *,
        port: int | None = None,
        folder: Path | None = None,
        answer: Callable[[ReceivedMail], str] = accept,
    ) -> None:
        self.port = port or free_port()
        self.folder = folder
        self.answer = answer
        self.mails: list[ReceivedMail] = []
        self._arrival = threading.Condition()
        self._controller: Controller | None = None

    @property
    def url(self) -> str:
        """smtp://host:port."""
        return f"smtp://{LOOPBACK}:{self.port}"

    def start(self) -> None:
        """Listen. Raises OSError if the port is taken."""
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
        self._controller = Controller(self, hostname=LOOPBACK, port=self.port)
        self._controller.start()

    def stop(self) -> None:
        """Stop listening; a catcher that does not listen stays as it is."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def wait_for(self, count: int, seconds: float = 10.0) -> list[ReceivedMail]:
        """At least `count` mails, in order of arrival. Raises TimeoutError; blocks the thread."""
        with self._arrival:
            if not self._arrival.wait_for(lambda: len(self.mails) >= count, seconds):
                raise TimeoutError(f"{len(self.mails)} of {count} mails within {seconds:g} s")
            return list(self.mails)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Called by aiosmtpd with every mail."""
        mail = ReceivedMail(
            sender=envelope.mail_from or "",
            recipients=tuple(envelope.rcpt_tos),
            raw=envelope.original_content or b"",
        )
        answer = self.answer(mail)
        if answer.startswith("2"):
            self._keep(mail)
        return answer

    def _keep(self, mail: ReceivedMail) -> None:
        if self.folder is not None:
            (self.folder / f"{time.time_ns()}.eml").write_bytes(mail.raw)
        with self._arrival:
            self.mails.append(mail)
            self._arrival.notify_all()

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
