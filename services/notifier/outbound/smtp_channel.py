"""Mails over SMTP (RFC 5321)."""

import asyncio
import ipaddress
import socket
from contextlib import suppress
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPDataError,
    SMTPException,
    SMTPHeloError,
    SMTPResponseException,
)

from services.notifier.domain.delivery import Receipt
from services.notifier.outbound.email import compose
from services.notifier.ports import Mail
from shared.errors import Invalid

SECONDS = 60.0

_DEFAULT_PORTS = {"smtp": 25, "smtps": 465}


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server. `start_tls` None is "if the server offers it"."""

    host: str
    port: int
    use_tls: bool
    start_tls: bool | None
    username: str | None
    password: str | None


def read_url(url: str) -> Server:
    """`smtp://user:password@host:port` or `smtps://…`. Raises Invalid.

    A password is sent over TLS only, except to this machine itself.
    """
    parts = urlsplit(url)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise Invalid("a mail server is smtp://host:port or smtps://host:port")
    use_tls = parts.scheme == "smtps"
    must_be_secret = parts.password is not None and not _is_loopback(parts.hostname)
    return Server(
        host=parts.hostname,
        port=parts.port or _DEFAULT_PORTS[parts.scheme],
        use_tls=use_tls,
        start_tls=False if use_tls else (True if must_be_secret else None),
        username=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else unquote(parts.password),
    )


class SmtpChannel:
    """One connection a mail. What happened after the server was given the text, without an answer
    of its own, is not known; handing it over again might reach the customer twice."""

    idempotent = False

    def __init__(self, server: Server, sender: Address, seconds: float = SECONDS) -> None:
        self._server = server
        self._sender = sender
        self._seconds = seconds

    async def hand_over(self, mail: Mail) -> Receipt:
        try:
            message = compose(mail, self._sender)
        except Invalid:
            return Receipt("refused", "invalid_address")
        client = self._client()
        attempt = _Attempt(client, self._sender.addr_spec, message)
        try:
            async with asyncio.timeout(self._seconds):
                return await attempt.run()
        except TimeoutError:
            return Receipt("uncertain" if attempt.text_given else "deferred", "timeout")
        finally:
            client.close()

    async def forget(self, id: str) -> None:
        """Nothing is held here."""

    def _client(self) -> SMTP:
        server = self._server
        return SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            use_tls=server.use_tls,
            start_tls=server.start_tls,
            timeout=self._seconds,
            local_hostname=socket.gethostname(),  # The default asks the DNS and blocks.
        )


class _Attempt:
    def __init__(self, client: SMTP, sender: str, message: EmailMessage) -> None:
        self._client = client
        self._sender = sender
        self._message = message
        self.text_given = False

    async def run(self) -> Receipt:
        try:
            await self._client.connect()
            refusal = await self._envelope()
        except (SMTPAuthenticationError, SMTPConnectError, SMTPHeloError) as error:
            # The deployment's fault, or the server's, whatever the code: not this mail's.
            return Receipt("deferred", _code(error))
        except SMTPResponseException as error:
            return _answered(error)
        except (SMTPException, OSError) as error:
            return Receipt("deferred", type(error).__name__)
        return refusal or await self._text()

    async def _envelope(self) -> Receipt | None:
        to: Address = self._message["To"].addresses[0]
        ascii_only = to.username.isascii()
        if not ascii_only and not self._client.supports_extension("smtputf8"):
            return Receipt("refused", "smtputf8")
        options = [] if ascii_only else ["SMTPUTF8", "BODY=8BITMIME"]
        encoding = "ascii" if ascii_only else "utf-8"
        await self._client.mail(self._sender, options=options, encoding=encoding)
        await self._client.rcpt(to.addr_spec, encoding=encoding)
        return None

    async def _text(self) -> Receipt:
        self.text_given = True
        try:
            response = await self._client.data(self._message.as_bytes())
        except SMTPDataError as error:
            return _answered(error)
        except (SMTPException, OSError) as error:
            return Receipt("uncertain", type(error).__name__)
        with suppress(SMTPException, OSError):
            await self._client.quit()
        return Receipt("taken", str(response.code))


def _answered(error: SMTPResponseException) -> Receipt:
    """4xx asks to try again, 5xx not to (RFC 5321, section 4.2.1)."""
    return Receipt("deferred" if 400 <= error.code < 500 else "refused", str(error.code))


def _code(error: SMTPException) -> str:
    return str(error.code) if isinstance(error, SMTPResponseException) else type(error).__name__


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
