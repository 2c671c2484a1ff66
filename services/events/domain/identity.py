"""Who is meant: a customer's own id, or an alias that stands for it.

An alias has a colon, a customer's id has none: `shopify:shop:123`, `discourse:forum:anna`,
`email:<keyed hash>`, `order:shop:1001` (whoever placed that order).
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.contracts.customers import Consent
from shared.errors import Invalid

By = Literal["shop", "contact", "connector", "staff", "mail"]
"""Who said that an alias is a customer's: the shop's own list, the hash of an address or number of
the customer, a platform, a person of the staff, or the customer in answer to a mail."""

NO_NAMES = ("order:", "discourse-topic:")
"""Aliases that begin so are of orders and discussions: they lead to a person, and are no name of
theirs. There are as many as somebody has placed orders."""

_HASHED = re.compile(r"(?:email|phone):[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Link:
    """`alias` stands for `target`, which is a customer's id or another alias."""

    alias: str
    target: str


@dataclass(frozen=True, slots=True)
class Linked:
    """A link as it stands, since when and by whose word."""

    alias: str
    target: str
    since: datetime
    by: By


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
    country: str | None = None
    consents: tuple[Consent, ...] = ()


def is_alias(subject: str) -> bool:
    """Whether `subject` is an alias and no customer's id."""
    return ":" in subject


def make_alias(scheme: str, *parts: str) -> str:
    """`make_alias("shopify", "shop", "123")` is `shopify:shop:123`."""
    return ":".join((scheme, *parts))


def check_alias(text: str, pointer: str) -> None:
    """Aliases appear in logs, so they hold no address: those come hashed. Raises Invalid."""
    if not 3 <= len(text) <= 200:
        raise Invalid("an alias has 3 to 200 characters", pointer)
    if not text.isprintable() or text != text.strip():
        raise Invalid("an alias has printable characters, and no space at its ends", pointer)
    if "@" in text:
        raise Invalid("an alias holds no e-mail address: look up its alias", pointer)
    scheme, colon, rest = text.partition(":")
    if not (scheme and colon and rest):
        raise Invalid("an alias says what kind it is before a colon: forum:anna", pointer)
    if scheme in ("email", "phone") and not _HASHED.fullmatch(text):
        raise Invalid("addresses and numbers come as keyed hashes of 32 hex digits", pointer)
