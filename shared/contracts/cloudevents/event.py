"""The event and every rule that it must keep (CloudEvents 1.0.2, spec.md)."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import NoReturn, TypeAlias

import msgspec

from shared.contracts.cloudevents.attribute_text import is_attribute_name, is_text
from shared.contracts.cloudevents.media_type import parse_media_type
from shared.contracts.cloudevents.remembered import remembered
from shared.contracts.cloudevents.timestamp import is_timestamp, parse_timestamp
from shared.contracts.cloudevents.uri import is_absolute_uri, is_uri_reference

AttributeValue: TypeAlias = str | int | bool

SPEC_VERSION = "1.0"
REQUIRED = ("id", "source", "type")
OPTIONAL = ("subject", "time", "datacontenttype", "dataschema")
_CORE = frozenset({"specversion", *REQUIRED, *OPTIONAL})
_MISSPELT = re.compile(r"[A-Za-z0-9_-]{1,40}")
_INT32_MIN, _INT32_MAX = -(2**31), 2**31 - 1
_JSON = msgspec.json.Decoder(msgspec.Raw)


class InvalidEvent(ValueError):
    """A broken rule: `pointer` is a JSON Pointer (RFC 6901), `reason` a sentence without values."""

    def __init__(self, pointer: str, reason: str) -> None:
        super().__init__(pointer, reason)
        self.pointer = pointer
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.pointer or 'event'}: {self.reason}"


class CloudEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One event of specversion 1.0; whoever builds one passes it through `check`.

    `time` is the text as sent. `data` is what binary mode carries: for a JSON media type the
    JSON text exactly as sent (so no number goes through a float; `null` is b"null"), otherwise
    raw bytes; None where the event has no data. Data without a `datacontenttype` is opaque.
    """

    id: str
    source: str
    type: str
    subject: str | None = None
    time: str | None = None
    datacontenttype: str | None = None
    dataschema: str | None = None
    extensions: dict[str, AttributeValue] = {}
    data: bytes | None = None

    @property
    def instant(self) -> datetime | None:
        """The moment of `time`, aware, to the microsecond."""
        return None if self.time is None else parse_timestamp(self.time)


def check(event: CloudEvent) -> CloudEvent:
    """Return the event itself where it keeps every rule; raises InvalidEvent otherwise."""
    check_attributes(event)
    if event.data is not None and event.datacontenttype is not None:
        media_type = parse_media_type(event.datacontenttype)
        if media_type is not None and media_type.is_json and not _is_json(event.data):
            _fail("data", "The data is not the well-formed JSON that datacontenttype promises.")
    return event


def check_attributes(event: CloudEvent) -> None:
    """Check everything but the data; raises InvalidEvent."""
    if not event.id or not is_text(event.id):
        _fail_text("id", event.id)
    if not _is_type(event.type):
        _fail_text("type", event.type)
    if not event.source or not is_uri_reference(event.source):
        _fail("source", "The attribute source must be a non-empty URI reference (RFC 3986).")
    if event.subject is not None and not (event.subject and is_text(event.subject)):
        _fail_text("subject", event.subject)
    if event.time is not None and not is_timestamp(event.time):
        _fail("time", "The attribute time must be a date-time of RFC 3339.")
    if event.datacontenttype is not None and parse_media_type(event.datacontenttype) is None:
        _fail("datacontenttype", "The attribute datacontenttype must be a media type (RFC 2046).")
    if event.dataschema is not None and not is_absolute_uri(event.dataschema):
        _fail("dataschema", "The attribute dataschema must be an absolute URI (RFC 3986, 4.3).")
    for name, value in event.extensions.items():
        _check_extension(name, value)


def check_name(name: str) -> None:
    """Raise InvalidEvent where `name` cannot name an attribute."""
    if not is_attribute_name(name):
        # The pointer repeats what is no more than a misspelt name, not whatever somebody put there.
        _fail(
            name if _MISSPELT.fullmatch(name) else "",
            "An attribute name may hold lower-case letters a-z and digits only.",
        )


def assemble(
    attributes: Mapping[str, AttributeValue], data: bytes | None, *, data_is_checked: bool = False
) -> CloudEvent:
    """Build a checked event from attributes by name, `specversion` among them.

    Raises InvalidEvent. `data_is_checked`: the data is known to be what datacontenttype says.
    """
    if attributes.get("specversion", SPEC_VERSION) != SPEC_VERSION:
        _fail("specversion", 'The attribute specversion must be the string "1.0".')
    for name in ("specversion", *REQUIRED):
        if name not in attributes:
            _fail(name, f"The required attribute {name} is missing.")
    event = CloudEvent(
        id=_string(attributes, "id"),
        source=_string(attributes, "source"),
        type=_string(attributes, "type"),
        subject=_optional_string(attributes, "subject"),
        time=_optional_string(attributes, "time"),
        datacontenttype=_optional_string(attributes, "datacontenttype"),
        dataschema=_optional_string(attributes, "dataschema"),
        extensions={name: value for name, value in attributes.items() if name not in _CORE},
        data=data,
    )
    if data_is_checked:
        check_attributes(event)
        return event
    return check(event)


def attributes_as_text(event: CloudEvent) -> list[tuple[str, str]]:
    """List every attribute but datacontenttype in its canonical string form, for binary mode.

    The types of the JSON format are lost here: True becomes "true", 5 becomes "5".
    """
    listed = [
        ("specversion", SPEC_VERSION),
        ("id", event.id),
        ("source", event.source),
        ("type", event.type),
    ]
    if event.subject is not None:
        listed.append(("subject", event.subject))
    if event.time is not None:
        listed.append(("time", event.time))
    if event.dataschema is not None:
        listed.append(("dataschema", event.dataschema))
    if event.extensions:
        listed.extend((name, canonical(value)) for name, value in event.extensions.items())
    return listed


def canonical(value: AttributeValue) -> str:
    """The canonical string form of an attribute's value (spec.md, Type System)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


@remembered
def _is_type(value: str) -> bool:
    return bool(value) and is_text(value)


def _is_json(data: bytes) -> bool:
    try:
        if not data.isascii():
            data.decode()  # msgspec does not look inside strings that it passes over
        _JSON.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _check_extension(name: str, value: object) -> None:
    check_name(name)
    if name in _CORE or name == "data":
        _fail(name, f"The name {name} is reserved and cannot name an extension attribute.")
    if isinstance(value, str):
        if not is_text(value):
            _fail_text(name, value)
    elif not (isinstance(value, int) and _INT32_MIN <= value <= _INT32_MAX):
        _fail(name, f"The attribute {name} must be text, a Boolean or a 32-bit integer.")


def _string(attributes: Mapping[str, AttributeValue], name: str) -> str:
    value = attributes[name]
    if not isinstance(value, str):
        _fail(name, f"The attribute {name} must be a string.")
    return value


def _optional_string(attributes: Mapping[str, AttributeValue], name: str) -> str | None:
    return _string(attributes, name) if name in attributes else None


def _fail_text(name: str, value: str) -> NoReturn:
    if not value:
        _fail(name, f"The attribute {name} must not be empty.")
    _fail(name, f"The attribute {name} holds a character that CloudEvents does not allow.")


def _fail(name: str, reason: str) -> NoReturn:
    raise InvalidEvent(f"/{name}" if name else "", reason)
