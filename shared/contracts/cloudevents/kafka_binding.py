"""CloudEvents in Kafka records (CloudEvents 1.0.2, bindings/kafka-protocol-binding.md).

The record key is the caller's and leaves the event alone. Binary mode carries strings only: an
integer or Boolean extension arrives as its text. An event without data has a null value, which
on a compacted topic is a tombstone.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import TypeAlias

from shared.contracts.cloudevents import json_format
from shared.contracts.cloudevents.content_mode import (
    BATCH,
    EVENT,
    ContentMode,
    UnsupportedEventFormat,
    content_mode_of,
)
from shared.contracts.cloudevents.event import (
    SPEC_VERSION,
    AttributeValue,
    CloudEvent,
    InvalidEvent,
    assemble,
    canonical,
    check,
    check_name,
)
from shared.contracts.cloudevents.media_type import parse_media_type
from shared.contracts.cloudevents.remembered import remembered

Headers: TypeAlias = list[tuple[str, bytes]]

_PREFIX = "ce_"
_CONTENT_TYPE = "content-type"
_SPEC_VERSION = ("ce_specversion", SPEC_VERSION.encode())


def encode(event: CloudEvent) -> tuple[Headers, bytes | None]:
    """Write an event in binary mode, as the headers and the value of a record.

    An event whose data is itself an event format goes structured: in binary mode its content
    type would make the receiver read the data as the event.
    """
    headers = [
        _SPEC_VERSION,
        ("ce_id", event.id.encode()),
        _repeated("ce_source", event.source),
        _repeated("ce_type", event.type),
    ]
    if event.subject is not None:
        headers.append(("ce_subject", event.subject.encode()))
    if event.time is not None:
        headers.append(("ce_time", event.time.encode()))
    if event.dataschema is not None:
        headers.append(_repeated("ce_dataschema", event.dataschema))
    if event.extensions:
        headers.extend(
            (_PREFIX + name, canonical(value).encode()) for name, value in event.extensions.items()
        )
    if event.datacontenttype is not None:
        media_type = parse_media_type(event.datacontenttype)
        if media_type is not None and media_type.is_event:
            return [(_CONTENT_TYPE, EVENT.encode())], json_format.encode_event(event)
        headers.append(_repeated(_CONTENT_TYPE, event.datacontenttype))
    return headers, event.data


@lru_cache(maxsize=4096)
def _repeated(name: str, text: str) -> tuple[str, bytes]:
    """The header of an attribute that has few values, made once for each."""
    return name, text.encode()


def decode(headers: Iterable[tuple[str, bytes | None]], value: bytes | None) -> CloudEvent:
    """Read the event of a record; header names are case-sensitive, a null header counts as unset.

    Raises InvalidEvent and UnsupportedEventFormat.
    """
    headers = list(headers)
    event = _usual(headers, value)
    if event is not None:
        return event
    content_type = _content_type(headers)
    match content_mode_of(content_type):
        case ContentMode.BATCHED:
            raise UnsupportedEventFormat(BATCH)
        case ContentMode.STRUCTURED:
            return json_format.decode_event(value or b"")
        case ContentMode.BINARY:
            return assemble(_attributes(headers, content_type), value)


_USUAL = {
    _PREFIX + name: name
    for name in ("specversion", "id", "source", "type", "subject", "time", "traceparent")
} | {_CONTENT_TYPE: "datacontenttype"}


def _usual(headers: list[tuple[str, bytes | None]], value: bytes | None) -> CloudEvent | None:
    """Read an event in binary mode with JSON data and attributes of the usual names, each once.

    Returns None for any other record, and for one that breaks a rule.
    """
    if value is None:
        return None
    try:
        found = {_USUAL[name]: text.decode() for name, text in headers if text is not None}
        if len(found) != len(headers) or found.pop("specversion") != SPEC_VERSION:
            return None
        if not _is_json_data(found["datacontenttype"]):
            return None
        trace = found.pop("traceparent", None)
        extensions: dict[str, AttributeValue] = {} if trace is None else {"traceparent": trace}
        return check(CloudEvent(**found, extensions=extensions, data=value))
    except (KeyError, TypeError, UnicodeDecodeError, InvalidEvent):
        return None


@remembered
def _is_json_data(datacontenttype: str) -> bool:
    media_type = parse_media_type(datacontenttype)
    return media_type is not None and media_type.is_json and not media_type.is_event


def _content_type(headers: list[tuple[str, bytes | None]]) -> str | None:
    values = [value for name, value in headers if name == _CONTENT_TYPE and value is not None]
    if len(values) > 1:
        raise InvalidEvent("/datacontenttype", "The header content-type stands more than once.")
    return _text("datacontenttype", values[0]) if values else None


def _attributes(
    headers: list[tuple[str, bytes | None]], content_type: str | None
) -> dict[str, AttributeValue]:
    attributes: dict[str, AttributeValue] = {}
    for field, value in headers:
        if value is None or not field.startswith(_PREFIX):
            continue
        name = field[len(_PREFIX) :]
        check_name(name)
        if name == "datacontenttype":
            raise InvalidEvent("/datacontenttype", "Use content-type, not ce_datacontenttype.")
        if name in attributes:
            raise InvalidEvent(f"/{name}", f"The header ce_{name} stands more than once.")
        attributes[name] = _text(name, value)
    if content_type is not None:
        attributes["datacontenttype"] = content_type
    return attributes


def _text(name: str, value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise InvalidEvent(f"/{name}", "The header value is not UTF-8.") from None
