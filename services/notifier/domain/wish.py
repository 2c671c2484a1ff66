"""What a customer says they want from now on, and what of it is new."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from msgspec.structs import replace

from services.notifier.domain.consent import Consent, State, standing
from services.notifier.domain.customer import Customer
from services.notifier.domain.preferences import Frequency, Preferences
from shared.clock import from_epoch_ms
from shared.contracts.messages import Preferred
from shared.contracts.purposes import ANY_CHANNEL, PURPOSES, Purpose

Source = Literal["page", "one_click", "mail", "api"]


@dataclass(frozen=True, slots=True)
class Statement:
    """They agree to messages for a purpose by a channel, which may be "any", or no longer do.
    `wording` is the version of the text that they saw, `expires` ms since the epoch."""

    purpose: str
    channel: str
    state: State
    wording: str | None = None
    expires: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """None leaves things as they are; a `pause` until 0 (ms) ends one."""

    statements: tuple[Statement, ...] = ()
    channels: tuple[str, ...] | None = None
    frequency: Frequency | None = None
    pause: int | None = None


@dataclass(frozen=True, slots=True)
class News:
    """What is to be kept of a wish, and what others are told."""

    preferences: Preferences
    consents: tuple[Consent, ...]
    told: Preferred


def stop(purposes: Iterable[Purpose] = PURPOSES, wording: str | None = None) -> Wish:
    """No more messages for these, whatever way they take."""
    refused = (Statement(one, ANY_CHANNEL, "withdrawn", wording) for one in purposes)
    return Wish(statements=tuple(refused))


def news(wish: Wish, customer: Customer, source: Source, now: int) -> News | None:
    """What `wish` changes for `customer`; None if all of it stands already."""
    before = customer.preferences
    after = _with(before, wish)
    consents = tuple(
        _line(one, customer.consents, source, now)
        for one in wish.statements
        if not _stands(one, customer.consents, now)
    )
    if after == before and not consents:
        return None
    told = Preferred(
        source=source,
        time=_instant(now),
        consents=tuple((one.purpose, one.channel, one.state) for one in consents),
        frequency=after.frequency if after.frequency != before.frequency else None,
        paused_until=_instant(after.paused_until)
        if after.paused_until and after.paused_until != before.paused_until
        else None,
    )
    return News(replace(after, revision=before.revision + 1), consents, told)


def _with(before: Preferences, wish: Wish) -> Preferences:
    return replace(
        before,
        channels=before.channels if wish.channels is None else wish.channels,
        frequency=wish.frequency or before.frequency,
        paused_until=before.paused_until if wish.pause is None else wish.pause or None,
    )


def _stands(one: Statement, said: Sequence[Consent], now: int) -> bool:
    """What is agreed to by another text or for another time is worth a line of its own."""
    same = [line for line in said if (line.purpose, line.channel) == (one.purpose, one.channel)]
    agreed = {(line.wording, line.expires) for line in same if line.state == "granted"}
    if one.state == "granted" and (one.wording, one.expires) not in agreed:
        return False
    channels = {one.channel}
    if one.channel == ANY_CHANNEL:
        channels |= {line.channel for line in said if line.purpose == one.purpose}
    return all(standing(said, one.purpose, channel, now) == one.state for channel in channels)


def _line(one: Statement, said: Sequence[Consent], source: Source, now: int) -> Consent:
    """Later than every line for the purpose, also those of a shop whose clock is ahead; of two at
    one time the withdrawal counts."""
    last = max((line.time for line in said if line.purpose == one.purpose), default=0)
    return Consent(
        purpose=one.purpose,
        channel=one.channel,
        state=one.state,
        time=max(now, last + (one.state == "granted")),
        source=source,
        wording=one.wording,
        expires=one.expires,
    )


def _instant(time: int) -> str:
    return from_epoch_ms(time).isoformat(timespec="milliseconds")
