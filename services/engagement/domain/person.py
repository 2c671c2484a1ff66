"""Who a customer is, as requite.customers.v1 tells."""

from typing import Literal

from msgspec import Struct


class Person(Struct, frozen=True, kw_only=True):
    """Personal data: shown only to who may read customers; gone with an erasure.

    `time_zone` is an IANA name, `locale` a BCP 47 tag; who has a `leaderboard_name` agreed to be
    shown by it; who is `excluded` earns nothing.
    """

    customer: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    locale: str | None = None
    time_zone: str | None = None
    aliases: tuple[str, ...] = ()
    excluded: Literal["staff", "blocked"] | None = None
    leaderboard_name: str | None = None
