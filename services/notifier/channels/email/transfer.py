"""One mail over a connection (RFC 5321, section 3.3)."""

import asyncio

from aiosmtplib import SMTPResponse

from services.notifier.channels.email.answers import code_of, is_yes, on_connection, on_recipient
from services.notifier.channels.email.compose import Mail
from services.notifier.channels.email.connection import Connection, Lost
from services.notifier.domain.delivery import Receipt

_CLOSING = 421
_START_INPUT = 354


class Transfer:
    """`text_given` is set before the first byte of the text goes: from then on, no answer means
    that nobody knows. `patience` is how many seconds a connection that was used before may take for
    its first answer; one that a firewall has dropped says nothing at all."""

    def __init__(self, mail: Mail, patience: float) -> None:
        self._mail = mail
        self._patience = patience
        self.text_given = False

    async def over(self, connection: Connection) -> Receipt:
        """What came of it. Raises Lost if the server was gone before the text was given."""
        refusal = await self._envelope(connection) or await self._data(connection)
        if refusal:
            await connection.reset()
            return refusal
        if not connection.is_open:
            raise Lost("disconnected")
        self.text_given = True
        try:
            answer = await connection.text(self._mail.content)
        except Lost as lost:
            return Receipt("uncertain", lost.code, fault="provider")
        if is_yes(answer):
            return Receipt("taken", code_of(answer))
        await connection.reset()
        return on_recipient(answer)

    async def _envelope(self, connection: Connection) -> Receipt | None:
        options: tuple[bytes, ...] = ()
        if self._mail.is_international:
            if not connection.takes_utf8:
                return Receipt("refused", "smtputf8")
            options = (b"SMTPUTF8", b"BODY=8BITMIME")
        sender = b"FROM:" + _path(self._mail.sender)
        try:
            async with asyncio.timeout(self._patience if connection.uses > 1 else None):
                answer = await _ask(connection, b"MAIL", sender, *options)
        except TimeoutError:
            raise Lost("timeout") from None
        if not is_yes(answer):
            return on_connection(answer)
        answer = await _ask(connection, b"RCPT", b"TO:" + _path(self._mail.to.addr_spec))
        return None if is_yes(answer) else on_recipient(answer)

    async def _data(self, connection: Connection) -> Receipt | None:
        answer = await _ask(connection, b"DATA")
        return None if answer.code == _START_INPUT else on_recipient(answer)


async def _ask(connection: Connection, *command: bytes) -> SMTPResponse:
    answer = await connection.command(*command)
    if answer.code == _CLOSING:
        raise Lost(code_of(answer))
    return answer


def _path(address: str) -> bytes:
    return f"<{address}>".encode()
