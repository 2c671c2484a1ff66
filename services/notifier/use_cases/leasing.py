"""Leases on messages: short, so that those of a process that died soon go on in another, and
renewed for as long as the work on them lasts."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import structlog

from services.notifier.ports.messages import Claim, MessageStore
from shared.clock import Clock, epoch_ms
from shared.errors import Unavailable

LEASE = timedelta(minutes=1)
RENEW_AFTER = timedelta(seconds=20)
"""A lease outlives two renewals that come to nothing."""

log = structlog.get_logger()


@asynccontextmanager
async def holding(
    messages: MessageStore,
    claims: Sequence[Claim],
    clock: Clock,
    renew_after: timedelta = RENEW_AFTER,
) -> AsyncIterator[None]:
    """While the context lasts nobody else takes what was claimed and is not finished."""
    done = asyncio.Event()
    renewing = asyncio.create_task(_renew(messages, claims, clock, renew_after, done))
    try:
        yield
    finally:
        done.set()
        await renewing


async def _renew(
    messages: MessageStore,
    claims: Sequence[Claim],
    clock: Clock,
    renew_after: timedelta,
    done: asyncio.Event,
) -> None:
    while not await _happens(done, renew_after):
        try:
            await messages.renew(claims, epoch_ms(clock.now() + LEASE))
        except Unavailable as error:
            log.warning("leases_not_renewed", count=len(claims), error=str(error))


async def _happens(done: asyncio.Event, within: timedelta) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(within.total_seconds()):
            await done.wait()
    return done.is_set()
