"""What the file of an HTTP channel says."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from services.notifier.channels.http.verdict import Sign

Name = Annotated[str, Meta(pattern=r"\A[a-z][a-z0-9_-]{0,49}\Z")]
Token = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}\Z")]
"""A header's name (RFC 9110, section 5.1)."""
Printable = Annotated[str, Meta(pattern=r"\A[\x20-\x7e]{0,1000}\Z")]


class Bearer(Struct, frozen=True, forbid_unknown_fields=True, tag_field="scheme", tag="bearer"):
    """`Authorization: Bearer <secret>`."""


class Basic(Struct, frozen=True, forbid_unknown_fields=True, tag_field="scheme", tag="basic"):
    """`Authorization: Basic …` of `user` and the secret."""

    user: Annotated[str, Meta(min_length=1, pattern=r"\A[\x21-\x39\x3b-\x7e]+\Z")]


class InHeader(Struct, frozen=True, forbid_unknown_fields=True, tag_field="scheme", tag="header"):
    """The header `name` holds the secret, after `prefix`."""

    name: Token
    prefix: Printable = ""


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`address` is the kind of address that `{to}` stands for: phone, email, customer, or a name
    under a customer's `addresses`. A body is `json` or `form`, whose texts hold placeholders.
    `max_length` makes `{text}` one paragraph of so many characters. `success`, `deferred`,
    `refused` and `bad_address` name statuses and values that mean it with this provider."""

    url: str
    address: Name = "phone"
    method: Literal["POST", "PUT"] = "POST"
    headers: dict[Token, Printable] = {}
    auth: Bearer | Basic | InHeader | None = None
    json: dict[str, Any] | None = None
    form: dict[str, str] | None = None
    idempotency_header: Token | None = None
    max_length: Annotated[int, Meta(ge=20, le=100_000)] | None = None
    success: tuple[Sign, ...] = ()
    deferred: tuple[Sign, ...] = ()
    refused: tuple[Sign, ...] = ()
    bad_address: tuple[Sign, ...] = ()
