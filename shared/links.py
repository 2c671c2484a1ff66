"""Links in mails that customers follow without signing in: signed, so nobody can make one up.

A token is signed, not encrypted: whoever holds it can read the customer's id in it, which is the
shop's own id for them and says nothing else. It holds no name and no address.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec
from itsdangerous import BadData, URLSafeSerializer

from shared.clock import epoch_ms, from_epoch_ms
from shared.contracts.engagement import ActRef
from shared.errors import Invalid

SURVEY_LINK_LIFE = timedelta(days=60)
ALIAS_LINK_LIFE = timedelta(days=7)
MAX_TOKEN_LENGTH = 4096

_TOKEN = re.compile(r"(?<=/[slu]/)[A-Za-z0-9._-]{20,}")
_SURVEY_SALT, _ALIAS_SALT, _PREFERENCES_SALT = "survey", "alias", "preferences"
_Ending = TypeVar("_Ending", bound="_Payload | _AliasPayload")
_Read = TypeVar("_Read", bound=msgspec.Struct)


class LinkInvalid(Invalid):
    """A token that was not signed here, was changed, or says something else than it should."""

    def __init__(self) -> None:
        super().__init__("This link is not valid.")


class LinkExpired(Invalid):
    """A token that was signed here, too long ago."""

    def __init__(self) -> None:
        super().__init__("This link has expired.")


@dataclass(frozen=True, slots=True)
class SurveyLink:
    """Who is asked which survey, after which message and act, until when (to the second)."""

    customer: str
    survey: str
    expires: datetime
    message_id: str | None = None
    act: ActRef | None = None


@dataclass(frozen=True, slots=True)
class AliasLink:
    """Which account of another place is to be linked to which customer, until when."""

    alias: str
    customer: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class PreferencesLink:
    """Whose preferences, and the message that the link came with. It never expires: a customer must
    be able to stop messages by an old one."""

    customer: str
    message_id: str | None = None


class _Payload(msgspec.Struct, frozen=True):
    c: str
    s: str
    exp: int
    m: str | None = None
    a: tuple[str, str, str, str] | None = None


class _AliasPayload(msgspec.Struct, frozen=True):
    a: str
    c: str
    exp: int


class _PreferencesPayload(msgspec.Struct, frozen=True):
    c: str
    m: str | None = None


def sign_survey_link(secret: str, link: SurveyLink) -> str:
    """The token of `link`: URL-safe characters and dots only."""
    act = link.act
    payload = _Payload(
        c=link.customer,
        s=link.survey,
        exp=epoch_ms(link.expires) // 1000,
        m=link.message_id,
        a=None if act is None else (act.source, act.id, act.type, act.time),
    )
    return _sign(secret, _SURVEY_SALT, payload)


def read_survey_link(secret: str, token: str, now: datetime) -> SurveyLink:
    """What `token` says at the time `now`. Raises LinkInvalid, LinkExpired."""
    payload, expires = _read(secret, _SURVEY_SALT, token, now, _Payload)
    act = None
    if payload.a is not None:
        source, act_id, act_type, time = payload.a
        act = ActRef(source=source, id=act_id, type=act_type, time=time)
    return SurveyLink(payload.c, payload.s, expires, payload.m, act)


def survey_url(public_url: str, token: str) -> str:
    """Where a customer answers."""
    return f"{public_url.rstrip('/')}/s/{token}"


def sign_alias_link(secret: str, link: AliasLink) -> str:
    """The token of `link`: URL-safe characters and dots only."""
    payload = _AliasPayload(a=link.alias, c=link.customer, exp=epoch_ms(link.expires) // 1000)
    return _sign(secret, _ALIAS_SALT, payload)


def read_alias_link(secret: str, token: str, now: datetime) -> AliasLink:
    """What `token` says at the time `now`. Raises LinkInvalid, LinkExpired."""
    payload, expires = _read(secret, _ALIAS_SALT, token, now, _AliasPayload)
    return AliasLink(payload.a, payload.c, expires)


def alias_url(public_url: str, token: str) -> str:
    """Where a customer says that an account is theirs."""
    return f"{public_url.rstrip('/')}/l/{token}"


def sign_preferences_link(secret: str, link: PreferencesLink) -> str:
    """The token of `link`: URL-safe characters and dots only."""
    payload = _PreferencesPayload(c=link.customer, m=link.message_id)
    return _sign(secret, _PREFERENCES_SALT, payload)


def read_preferences_link(secret: str, token: str) -> PreferencesLink:
    """What `token` says. Raises LinkInvalid."""
    payload = _payload(secret, _PREFERENCES_SALT, token, _PreferencesPayload)
    return PreferencesLink(payload.c, payload.m)


def preferences_url(public_url: str, token: str) -> str:
    """Where a customer says what they want (GET a page), and stops messages at once (POST, RFC
    8058)."""
    return f"{public_url.rstrip('/')}/u/{token}"


def without_tokens(text: str) -> str:
    """The text with links that lead nowhere: who may read what a customer was told may not answer
    and choose in their name."""
    return _TOKEN.sub("…", text)


def _sign(secret: str, salt: str, payload: msgspec.Struct) -> str:
    return str(URLSafeSerializer(secret, salt=salt).dumps(msgspec.to_builtins(payload)))


def _read(
    secret: str, salt: str, token: str, now: datetime, kind: type[_Ending]
) -> tuple[_Ending, datetime]:
    payload = _payload(secret, salt, token, kind)
    expires = from_epoch_ms(payload.exp * 1000)
    if now >= expires:
        raise LinkExpired
    return payload, expires


def _payload(secret: str, salt: str, token: str, kind: type[_Read]) -> _Read:
    if len(token) > MAX_TOKEN_LENGTH or not token.isascii():
        raise LinkInvalid
    try:
        return msgspec.convert(URLSafeSerializer(secret, salt=salt).loads(token), kind)
    except (BadData, msgspec.ValidationError):
        raise LinkInvalid from None
