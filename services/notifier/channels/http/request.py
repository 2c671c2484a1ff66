"""From a letter to a provider's request, as the channel's file has it."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from services.notifier.channels.http.options import Basic, Bearer, InHeader, Options
from services.notifier.channels.http.placeholders import NAMES, Pattern
from services.notifier.channels.target import check_target
from shared.errors import Invalid
from shared.programme.documents import escape

Values = Mapping[str, str]
Fill = Callable[[Values], Any]

# None of these ever holds what would not fit in a header.
_IN_HEADERS = ("message_id", "language", "purpose")
_NOT_OURS = frozenset(
    ("authorization", "connection", "content-length", "content-type", "host", "transfer-encoding")
)


class Unfit(Exception):
    """The address can't stand in a path."""


class BadSecret(Exception):
    """The secret can't stand in a header."""


@dataclass(frozen=True, slots=True)
class Request:
    """What an attempt sends, but for the secret."""

    url: str
    headers: Mapping[str, str]
    body: bytes


class RequestPattern:
    """`private`: the URL may be private. Raises Invalid with a pointer into the options."""

    def __init__(self, options: Options, *, private: bool) -> None:
        self._base, self._segments, self._query = _url(options.url, private=private)
        self._headers = {
            name: Pattern(text, f"/headers/{escape(name)}", _IN_HEADERS)
            for name, text in options.headers.items()
        }
        if wrong := next((one for one in options.headers if one.lower() in _NOT_OURS), None):
            raise Invalid("this header is set by itself, or by auth", f"/headers/{escape(wrong)}")
        if (options.json is None) == (options.form is None):
            raise Invalid("must have a body: one of json and form", "")
        self._is_form = options.form is not None
        self._body = (
            _fill_in(options.json, "/json")
            if options.form is None
            else _fill_in(options.form, "/form")
        )
        own = options.idempotency_header
        if own is not None and own.lower() in _NOT_OURS:
            raise Invalid("this header is set by itself, or by auth", "/idempotency_header")
        self._idempotency_header = own

    def fill(self, values: Values) -> Request:
        """Raises Unfit."""
        kind = "application/x-www-form-urlencoded" if self._is_form else "application/json"
        headers = {name: pattern.fill(values) for name, pattern in self._headers.items()}
        headers["Content-Type"] = kind
        if self._idempotency_header:
            headers[self._idempotency_header] = values["message_id"]
        content = self._body(values)
        body = urlencode(content).encode() if self._is_form else msgspec.json.encode(content)
        return Request(self._filled_url(values), headers, body)

    def _filled_url(self, values: Values) -> str:
        segments = [one.fill(values, lambda value: quote(value, safe="")) for one in self._segments]
        if any(one in (".", "..") for one in segments):
            raise Unfit
        return f"{self._base}{'/'.join(segments)}{self._query}"


def authorization(auth: Bearer | Basic | InHeader, secret: str) -> tuple[str, str]:
    """The header that shows the secret. Raises BadSecret."""
    if not secret.isascii() or not secret.isprintable():
        raise BadSecret
    match auth:
        case Bearer():
            return "Authorization", f"Bearer {secret}"
        case Basic():
            credentials = base64.b64encode(f"{auth.user}:{secret}".encode()).decode()
            return "Authorization", f"Basic {credentials}"
        case InHeader():
            return auth.name, f"{auth.prefix}{secret}"


def _url(url: str, *, private: bool) -> tuple[str, list[Pattern], str]:
    parts = check_target(url, "/url", private=private)
    for part in (parts.netloc, parts.query):
        if "{" in part or "}" in part:
            raise Invalid("placeholders may stand in the path only", "/url")
    segments = [Pattern(segment, "/url", NAMES) for segment in parts.path.split("/")]
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{parts.netloc}", segments, query


def _fill_in(value: Any, pointer: str) -> Fill:
    """What makes the same value with its texts filled."""
    if isinstance(value, str):
        return Pattern(value, pointer).fill
    if isinstance(value, Mapping):
        members = {
            name: _fill_in(member, f"{pointer}/{escape(name)}") for name, member in value.items()
        }
        return lambda values: {name: fill(values) for name, fill in members.items()}
    if isinstance(value, (list, tuple)):
        items = [_fill_in(item, f"{pointer}/{index}") for index, item in enumerate(value)]
        return lambda values: [fill(values) for fill in items]
    return lambda values: value
