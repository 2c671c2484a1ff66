"""Mails over SMTP (RFC 5321)."""

import asyncio
import ssl
from collections.abc import Sequence
from datetime import timedelta

from services.notifier.channels.email.compose import compose
from services.notifier.channels.email.connection import Connection, Lost, NotConnected
from services.notifier.channels.email.identity import Identity
from services.notifier.channels.email.pool import Limits, Pool
from services.notifier.channels.email.server import Server
from services.notifier.channels.email.transfer import Transfer
from services.notifier.domain.delivery import RETRY_AFTER, Receipt
from services.notifier.domain.policy import Route
from services.notifier.ports.channels import Letter
from shared.errors import Invalid

SECONDS = 60.0
_PATIENCE = 0.25


class SmtpChannel:
    """Connections are used again. What happened after the server was given the text, without an
    answer of its own, is not known; handing it over again might reach the customer twice."""

    idempotent = False
    schedule: Sequence[timedelta] = RETRY_AFTER

    def __init__(
        self,
        name: str,
        server: Server,
        identity: Identity,
        limits: Limits,
        *,
        seconds: float = SECONDS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`seconds` is how long one attempt may take, once there is room for its connection; the
        system's certificate authorities are trusted if `tls` says no other."""
        self.route = Route(name, address="email", needs_consent=True, disturbs=True)
        self._identity = identity
        self._seconds = seconds
        trust = tls or ssl.create_default_context()
        self._pool = Pool(lambda: Connection.open(server, trust), limits)

    async def hand_over(self, letter: Letter) -> Receipt:
        """Try once; over a second connection only if the first died while nobody used it."""
        try:
            mail = compose(letter, self._identity)
        except Invalid:
            return Receipt("refused", "invalid_address", bad_address=True)
        transfer = Transfer(mail, self._seconds * _PATIENCE)
        async with self._pool.room:
            try:
                async with asyncio.timeout(self._seconds):
                    return await self._transfer(transfer)
            except NotConnected as failure:
                return failure.receipt
            except TimeoutError:
                is_open = transfer.text_given
                return Receipt("uncertain" if is_open else "deferred", "timeout", fault="provider")

    async def forget(self, id: str) -> None:
        """Nothing is held here."""

    async def close(self) -> None:
        """Close idle connections; the others once their mail is through."""
        self._pool.close()

    async def _transfer(self, transfer: Transfer) -> Receipt:
        try:
            async with self._pool.connection(fresh=False) as connection:
                return await transfer.over(connection)
        except Lost as lost:
            if connection.uses == 1:
                return _not_taken(lost)
        try:
            async with self._pool.connection(fresh=True) as connection:
                return await transfer.over(connection)
        except Lost as lost:
            return _not_taken(lost)


def _not_taken(lost: Lost) -> Receipt:
    return Receipt("deferred", lost.code, fault="provider")
