"""Mails to a local SMTP server in another process: the e-mail channel beside a bare aiosmtplib that
composes with `email.message` and connects for each mail."""

import asyncio
import multiprocessing
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from multiprocessing.connection import Connection
from pathlib import Path

import aiosmtplib
import uvloop
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import Envelope, Session

from services.notifier.channels.email.address import read_mailbox, read_sender
from services.notifier.channels.email.file import FileChannel
from services.notifier.channels.email.identity import Identity
from services.notifier.channels.email.pool import Limits
from services.notifier.channels.email.server import read_url
from services.notifier.channels.email.smtp import SmtpChannel
from services.notifier.domain.message import Text
from services.notifier.ports.channels import Channel, Letter
from tests.bench.measure import Comparison, Figure, compare
from tests.servers.ports import LOOPBACK, free_port
from tests.servers.scripted_smtp import ScriptedSmtp

MAILS, AT_ONCE = 4_000, 8
REACH = 500
"""Mails a second."""

BODY = "Dear Łukasz,\n\n" + "you answered a question about the blue mug. Thank you. " * 8 + "\n"
HTML = f"<!doctype html><html><body><p>{BODY}</p></body></html>"
IDENTITY = Identity(
    read_sender("The Corner Shop <thanks@shop.example>"),
    reply_to=read_mailbox("replies@shop.example"),
    bounces=read_mailbox("bounces@shop.example"),
    unsubscribe=read_sender("stop@shop.example"),
)


def measure(folder: Path) -> list[Comparison]:
    """`reference` connects for each mail; for files it is the same channel to the small server."""
    results = []
    for name, sink in (("aiosmtpd", _aiosmtpd), ("a small server", small)):
        with running(sink) as url:
            results.append(
                compare(
                    f"mails to {name}, {AT_ONCE} at once",
                    "mails/s",
                    lambda url=url: uvloop.run(_ours(url)),  # type: ignore[misc]
                    lambda url=url: uvloop.run(_reference(url)),  # type: ignore[misc]
                    reach=None,
                    note=f"reach {REACH} mails/s",
                )
            )
    with running(small) as url:
        results.append(
            compare(
                f"mails to files, {AT_ONCE} at once",
                "mails/s",
                lambda: uvloop.run(_files(folder / "mail")),
                lambda: uvloop.run(_ours(url)),
                reach=None,
                note="two fsyncs a mail",
            )
        )
    return results


async def _ours(url: str) -> Figure:
    channel = SmtpChannel("email", read_url(url), IDENTITY, Limits(AT_ONCE))
    try:
        return await _many(lambda number: _hand_over(channel, number))
    finally:
        await channel.close()


async def _files(folder: Path) -> Figure:
    channel = FileChannel("email", folder, IDENTITY)
    return await _many(lambda number: _hand_over(channel, number))


async def _hand_over(channel: Channel, number: int) -> None:
    time = datetime(2026, 3, 1, tzinfo=UTC)
    text = Text("Dziękujemy za pomoc", BODY, "pl", HTML)
    id, url = f"{number:032x}", "https://shop.example/u/" + "x" * 60
    letter = Letter(id, "c-1", "ada@example.org", "Łukasz", text, "thanks", time, url)
    receipt = await channel.hand_over(letter)
    assert receipt.result == "taken", receipt


async def _reference(url: str) -> Figure:
    server = read_url(url)

    async def send(number: int) -> None:
        mail = EmailMessage(policy=SMTP)
        mail["From"], mail["To"] = "thanks@shop.example", "Łukasz <ada@example.org>"
        mail["Subject"], mail["Message-ID"] = "Dziękujemy za pomoc", f"<{number}@shop.example>"
        mail.set_content(BODY)
        mail.add_alternative(HTML, subtype="html")
        await aiosmtplib.send(mail, hostname=server.host, port=server.port)

    return await _many(send)


async def _many(send: Callable[[int], Awaitable[None]]) -> Figure:
    numbers = iter(range(MAILS))

    async def work() -> None:
        for number in numbers:
            await send(number)

    started, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    rate = MAILS / (time.perf_counter() - started)
    return Figure(rate, (time.process_time() - cpu) / MAILS)


@contextmanager
def running(sink: Callable[[Connection], None]) -> Iterator[str]:
    """The URL of a server in a process of its own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=sink, args=(theirs,))
    with closing(ours):
        process.start()
        try:
            yield ours.recv()
            ours.send("stop")
        finally:
            process.join(10)
            process.kill()


def small(pipe: Connection) -> None:
    async def run() -> None:
        async with ScriptedSmtp(keep=False) as server:
            pipe.send(server.url)
            await asyncio.to_thread(pipe.recv)

    uvloop.run(run())


class _TakesAll:
    async def handle_DATA(self, _server: Server, _session: Session, _mail: Envelope) -> str:
        return "250 OK"


def _aiosmtpd(pipe: Connection) -> None:
    controller = Controller(_TakesAll(), LOOPBACK, free_port())
    controller.start()
    pipe.send(f"smtp://{LOOPBACK}:{controller.port}")
    pipe.recv()
    controller.stop()
