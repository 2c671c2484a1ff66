"""Who is meant: a customer's own id, or an alias that stands for it.

An alias has a colon, a customer's id has none: `shopify:shop:123`, `discourse:forum:anna`,
`email:<keyed hash>`, `order:shop:1001` (whoever placed that order).
"""

from dataclasses import dataclass

from shared.contracts.customers import Consent


@dataclass(frozen=True, slots=True)
class Link:
    """`alias` stands for `target`, which is a customer's id or another alias."""

    alias: str
    target: str


@dataclass(frozen=True, slots=True)
class Person:
    """An account on a platform that is the authority on its accounts.

    `customer_id` is the id that the person gets if nobody is known by `alias` yet. What is None
    is not known. `email_verified` says that the platform has seen the person read that address.
    """

    alias: str
    customer_id: str
    name: str | None = None
    email: str | None = None
    email_verified: bool = False
    phone: str | None = None
    locale: str | None = None
    time_zone: str | None = None
    consents: tuple[Consent, ...] = ()


def is_alias(subject: str) -> bool:
    """Whether `subject` is an alias and no customer's id."""
    return ":" in subject


def make_alias(scheme: str, *parts: str) -> str:
    """`make_alias("shopify", "shop", "123")` is `shopify:shop:123`."""
    return ":".join((scheme, *parts))
