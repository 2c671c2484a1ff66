"""Channels over SMTP to servers of the test's own."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.notifier.channels.email.identity import Identity
from services.notifier.channels.email.pool import Limits
from services.notifier.channels.email.server import read_url
from services.notifier.channels.email.smtp import SmtpChannel
from tests.services.notifier.channels.email.letters import IDENTITY


@asynccontextmanager
async def smtp_channel(
    url: str,
    *,
    identity: Identity = IDENTITY,
    limits: Limits | None = None,
    seconds: float = 10.0,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[SmtpChannel]:
    """Closed at the end."""
    channel = SmtpChannel(
        "email", read_url(url), identity, limits or Limits(), seconds=seconds, tls=tls
    )
    try:
        yield channel
    finally:
        await channel.close()
