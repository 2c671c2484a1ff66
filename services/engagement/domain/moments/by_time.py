"""Moments that time brings: anniversaries and unusual silence."""

from datetime import tzinfo

from msgspec.structs import replace

from services.engagement.domain.decay import DAY_MS
from services.engagement.domain.moment import Moment, moment_id
from services.engagement.domain.moments.anniversary import LEAST_APART, next_anniversary
from services.engagement.domain.moments.rules import Rules
from services.engagement.domain.profile import Profile
from services.engagement.domain.watch import Watch

Noticed = tuple[Watch, Moment | None, int | None]
"""The watch afterwards, a moment if there is one, and when there may be the next."""


def silent_from(
    acts: int, first: int, last: int, watch: Watch, rules: Rules, now: int
) -> int | None:
    """When the silence since the last act is, or was, longer than usual for a customer of so many
    `acts` between `first` and `last`.

    What is usual is the mean gap between their acts. None if it is not known, was noticed before,
    or lies so far back that it is history, or before the customer was known.
    """
    rule = rules.silence
    if rule is None or acts < rule.from_acts or watch.silence == last:
        return None
    usual = (last - first) / (acts - 1)
    silent = last + max(rule.least, round(rule.factor * usual))
    return silent if silent >= max(watch.known_since, now - rules.announce_within) else None


def silence(profile: Profile, watch: Watch, rules: Rules, now: int) -> Noticed:
    """`number` is for how many days nothing was heard."""
    acts = sum(profile.acts.values())
    silent = silent_from(acts, profile.first, profile.last, watch, rules, now)
    if silent is None or silent > now:
        return watch, None, silent
    moment = Moment(
        id=moment_id(profile.customer, "silence", "silence", str(profile.last)),
        customer=profile.customer,
        kind="silence",
        name="silence",
        time=silent,
        number=(silent - profile.last) // DAY_MS,
    )
    return replace(watch, silence=profile.last), moment, None


def anniversary(profile: Profile, watch: Watch, rules: Rules, now: int, zone: tzinfo) -> Noticed:
    """`number` is of years."""
    at = rules.anniversaries_at
    if at is None:
        return watch, None, None
    after = max(watch.known_since, (watch.anniversary or 0) + LEAST_APART)
    years, instant = next_anniversary(profile.first, at, zone, after)
    if instant > now:
        return watch, None, instant
    while (following := next_anniversary(profile.first, at, zone, instant))[1] <= now:
        years, instant = following  # Nobody looked for years.
    moment = Moment(
        id=moment_id(profile.customer, "anniversary", "contact", str(years)),
        customer=profile.customer,
        kind="anniversary",
        name="contact",
        time=instant,
        number=years,
    )
    _, coming = next_anniversary(profile.first, at, zone, max(now, instant + LEAST_APART))
    return replace(watch, anniversary=instant), moment, coming
