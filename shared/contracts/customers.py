"""Payload of requite.customers.v1: the only topic that carries personal data."""

from typing import Literal

from msgspec import Struct

from shared.contracts.purposes import Purpose

CUSTOMER = "io.requite.customer.v1"


class Consent(Struct, frozen=True, kw_only=True):
    """What a customer agreed to or withdrew, for one purpose and channel, which may be "any".

    "mention" is that friends whom they brought or helped may read their first name. `time` and
    `expires` are RFC 3339; `source` says where it was given, `wording` which version was shown.
    """

    purpose: Purpose | Literal["mention"]
    channel: str
    state: Literal["granted", "withdrawn"]
    time: str
    source: str | None = None
    wording: str | None = None
    expires: str | None = None


class Customer(Struct, frozen=True, kw_only=True):
    """Everything that is known of a customer besides what they did.

    `revision` grows with every change; a reader keeps the highest it has seen. `locale` is a
    BCP 47 tag, `time_zone` an IANA name, `country` ISO 3166-1 alpha-2, `phone` E.164; `addresses`
    are those of further channels, such as a push token, by the channel's name. The id is the
    record's key.
    `excluded` customers earn nothing; one with a `leaderboard_name` agreed to be shown by it.
    A record with `merged_into` says that this id was given up for that one and holds nothing
    else; a later record without it gives the id its own life back.
    """

    revision: int
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    locale: str | None = None
    time_zone: str | None = None
    country: str | None = None
    addresses: dict[str, str] = {}
    consents: tuple[Consent, ...] = ()
    aliases: tuple[str, ...] = ()
    excluded: Literal["staff", "blocked"] | None = None
    leaderboard_name: str | None = None
    merged_into: str | None = None
