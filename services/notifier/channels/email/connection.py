"""A connection to a mail server, greeted, secured and logged in."""

import socket
import ssl
from contextlib import suppress
from typing import Self

from aiosmtplib import SMTP, SMTPException, SMTPResponse, SMTPResponseException

from services.notifier.channels.email.answers import is_yes, on_connection
from services.notifier.channels.email.server import Server
from services.notifier.domain.delivery import Receipt


class Lost(Exception):
    """No answer: the connection is gone, or what came is none. `code` is a short word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NotConnected(Exception):
    """No connection could be made; `receipt` is what that means for any mail."""

    def __init__(self, receipt: Receipt) -> None:
        super().__init__(receipt.code)
        self.receipt = receipt


class Connection:
    """`uses` counts the mails it was lent for. No time limit of its own: the caller sets one."""

    def __init__(self, client: SMTP) -> None:
        self._client = client
        self.uses = 0

    @classmethod
    async def open(cls, server: Server, tls: ssl.SSLContext) -> Self:
        """Connect, greet, begin TLS and log in, as `server` says. Raises NotConnected."""
        client = SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            use_tls=server.use_tls,
            start_tls=server.start_tls,
            tls_context=tls,
            timeout=None,
            local_hostname=socket.gethostname(),  # The default asks the DNS.
        )
        try:
            await client.connect()
            if client.is_ehlo_or_helo_needed:
                await client.ehlo()
        except BaseException as error:
            client.close()
            if isinstance(error, SMTPException | OSError):
                raise NotConnected(_no_connection(error)) from error
            raise
        return cls(client)

    @property
    def is_open(self) -> bool:
        """Whether nobody has closed it, as far as is known."""
        return self._client.is_connected

    @property
    def takes_utf8(self) -> bool:
        """Whether the server takes addresses in UTF-8 (RFC 6531)."""
        return self._client.supports_extension("smtputf8")

    async def command(self, *parts: bytes) -> SMTPResponse:
        """The answer to one command. Raises Lost."""
        try:
            return await self._client.execute_command(*parts)
        except (SMTPException, OSError) as error:
            raise Lost(type(error).__name__) from error

    async def text(self, content: bytes) -> SMTPResponse:
        """The answer to the lines after DATA was answered by 354. Raises Lost.

        `content` ends with CRLF; a dot at the beginning of a line is doubled (RFC 5321, section
        4.5.2). The library's own DATA does not tell an answer that never came to the command from
        one that never came to the text.
        """
        protocol = self._client.protocol
        if protocol is None:
            raise Lost("SMTPServerDisconnected")
        try:
            protocol.write(content.replace(b"\r\n.", b"\r\n..") + b".\r\n")
            return await protocol.read_response()
        except (SMTPException, OSError) as error:
            self.close()
            raise Lost(type(error).__name__) from error

    async def reset(self) -> None:
        """Ready for another mail after one that was refused, or closed."""
        with suppress(Lost):
            if self.is_open and is_yes(await self.command(b"RSET")):
                return
        self.close()

    def quit(self) -> None:
        """Between two mails: say good-bye, without waiting for an answer, and close."""
        protocol = self._client.protocol
        if protocol is not None:
            with suppress(SMTPException, OSError):
                protocol.write(b"QUIT\r\n")
        self.close()

    def close(self) -> None:
        """Break off."""
        self._client.close()


def _no_connection(error: SMTPException | OSError) -> Receipt:
    if isinstance(error, SMTPResponseException):
        return on_connection(SMTPResponse(error.code, error.message))
    return Receipt("deferred", type(error).__name__, fault="provider")
