"""What is known of a customer."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from services.events.domain.consents import added
from shared.contracts.customers import Consent, Customer
from shared.errors import Conflict


@dataclass(frozen=True, slots=True)
class Details:
    """A customer as the shop describes them, before it has a revision.

    `excluded` and `leaderboard_name` are the shop's word alone: no platform has a say in them, and
    no merge brings them.
    """

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    locale: str | None = None
    time_zone: str | None = None
    country: str | None = None
    addresses: Mapping[str, str] = field(default_factory=dict)
    consents: tuple[Consent, ...] = ()
    aliases: tuple[str, ...] = ()
    excluded: Literal["staff", "blocked"] | None = None
    leaderboard_name: str | None = None


def details_of(customer: Customer) -> Details:
    """What the customer is described by, without the revision."""
    return Details(
        name=customer.name,
        email=customer.email,
        phone=customer.phone,
        locale=customer.locale,
        time_zone=customer.time_zone,
        country=customer.country,
        addresses=customer.addresses,
        consents=customer.consents,
        aliases=customer.aliases,
        excluded=customer.excluded,
        leaderboard_name=customer.leaderboard_name,
    )


def said_anew(known: Customer | None, details: Details) -> Details:
    """What the shop says now, in the place of what was `known`, but for consents, which are
    added."""
    stood = () if known is None else known.consents
    return replace(details, consents=added(stood, details.consents))


def check_has_own_life(known: Customer | None) -> None:
    """Raises Conflict for somebody who was merged: there is nothing to say of them but of the one
    they were merged into."""
    if known is not None and known.merged_into is not None:
        raise Conflict(f"This customer was merged into {known.merged_into}: say it of that one")


def revise(details: Details, previous: int | None, now_us: int) -> Customer:
    """The customer with a revision above `previous`; it follows the clock (µs), so that it also
    grows across an erasure, which leaves nothing to count from."""
    return Customer(
        revision=max(now_us, (previous or 0) + 1),
        name=details.name,
        email=details.email,
        phone=details.phone,
        locale=details.locale,
        time_zone=details.time_zone,
        country=details.country,
        addresses=dict(details.addresses),
        consents=details.consents,
        aliases=details.aliases,
        excluded=details.excluded,
        leaderboard_name=details.leaderboard_name,
    )
