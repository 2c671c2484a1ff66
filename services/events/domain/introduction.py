"""What a platform says of a customer, beside what the shop says, whose word counts more."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, TypeVar
from zoneinfo import available_timezones

from services.events.domain.contact import is_email_address, is_phone_number
from services.events.domain.country import is_country
from services.events.domain.customer import Details, details_of
from services.events.domain.identity import Person
from shared.contracts.customers import Consent, Customer

MOST_CONSENTS = 50

T = TypeVar("T")

_LOCALE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class Introduction:
    """`person` is the customer; `verified` are the aliases of addresses that the platform has seen
    them read."""

    customer_id: str
    person: Person
    verified: Collection[str]


def introduce(known: Customer | None, person: Person, *, by_platform_only: bool) -> Details | None:
    """The customer with what `person` adds; None where that is nothing new.

    A platform may correct what platforms have said, and fill in what the shop has left open. What
    is no name, address, number, locale, zone or country is left out.
    """
    before = Details() if known is None else details_of(known)
    said = {
        "name": _name(person.name),
        "email": person.email if person.email and is_email_address(person.email) else None,
        "phone": person.phone if person.phone and is_phone_number(person.phone) else None,
        "locale": person.locale if _LOCALE.fullmatch(person.locale or "") else None,
        "time_zone": person.time_zone if person.time_zone in _zones() else None,
        "country": person.country if is_country(person.country or "") else None,
    }
    values: dict[str, Any] = {
        name: told if told and (by_platform_only or not getattr(before, name)) else stands
        for name, told in said.items()
        for stands in (getattr(before, name),)
    }
    after = replace(before, **values, consents=_with(before.consents, person.consents))
    return None if known is not None and after == before else after


def waves(people: Sequence[T], names: Sequence[Collection[str]]) -> list[list[T]]:
    """`people` in parts to be introduced one after another, each of them in any order: who shares
    one of their names (`names` has those of each) with somebody comes behind them."""
    parts: list[list[T]] = []
    last: dict[str, int] = {}
    for person, known_by in zip(people, names, strict=True):
        place = 1 + max((last.get(name, -1) for name in known_by), default=-1)
        last |= dict.fromkeys(known_by, place)
        if place == len(parts):
            parts.append([])
        parts[place].append(person)
    return parts


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _name(text: str | None) -> str | None:
    clean = " ".join((text or "").split())[:200].strip()
    return clean if clean and clean.isprintable() else None


def _with(known: tuple[Consent, ...], said: Iterable[Consent]) -> tuple[Consent, ...]:
    """A consent is added where it changes something, and only by a word later than the last."""
    for one in said:
        time = _time(one)
        same = [c for c in known if (c.purpose, c.channel) == (one.purpose, one.channel)]
        last = max(same, key=lambda c: _time(c) or _EARLIEST, default=None)
        changes = last is None or (
            last.state != one.state and time is not None and time > (_time(last) or _EARLIEST)
        )
        if time is not None and changes and len(known) < MOST_CONSENTS:
            known = (*known, one)
    return known


_EARLIEST = datetime.fromisoformat("0001-01-02T00:00:00+00:00")


def _time(consent: Consent) -> datetime | None:
    try:
        time = datetime.fromisoformat(consent.time)
    except ValueError:
        return None
    return None if time.tzinfo is None else time
