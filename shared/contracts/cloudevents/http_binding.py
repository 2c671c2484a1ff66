"""CloudEvents over HTTP (CloudEvents 1.0.2, bindings/http-protocol-binding.md).

Binary mode carries strings only: an integer or Boolean extension arrives as its text. It cannot
tell empty data from none either: an empty body is read as no data.
"""

from collections.abc import Iterable
from typing import TypeAlias

from shared.contracts.cloudevents import json_format
from shared.contracts.cloudevents.content_mode import BATCH, EVENT, ContentMode, content_mode_of
from shared.contracts.cloudevents.event import (
    AttributeValue,
    CloudEvent,
    InvalidEvent,
    assemble,
    attributes_as_text,
    check_name,
)
from shared.contracts.cloudevents.header_text import decode_header, encode_header
from shared.contracts.cloudevents.json_format import Rejected
from shared.contracts.cloudevents.media_type import parse_media_type

Headers: TypeAlias = list[tuple[bytes, bytes]]

_PREFIX = b"ce-"


def content_mode(headers: Iterable[tuple[bytes, bytes]]) -> ContentMode:
    """Return the mode of a message; raises UnsupportedEventFormat, InvalidEvent."""
    return content_mode_of(_content_type(headers))


def decode(headers: Iterable[tuple[bytes, bytes]], body: bytes) -> list[CloudEvent | Rejected]:
    """Read the events of a request or response; header names are in lower case, as in ASGI.

    Only a batch yields Rejected. Raises InvalidEvent (a lone event, or a batch that is no array)
    and UnsupportedEventFormat.
    """
    headers = list(headers)
    content_type = _content_type(headers)
    match content_mode_of(content_type):
        case ContentMode.BATCHED:
            return json_format.decode_batch(body)
        case ContentMode.STRUCTURED:
            return [json_format.decode_event(body)]
        case ContentMode.BINARY:
            return [_decode_binary(headers, content_type, body)]


def encode_binary(event: CloudEvent) -> tuple[Headers, bytes]:
    """Write one event as header fields and a body.

    An event whose data is itself an event format goes structured: in binary mode its content
    type would make the receiver read the data as the event.
    """
    headers: Headers = []
    if event.datacontenttype is not None:
        media_type = parse_media_type(event.datacontenttype)
        if media_type is not None and media_type.is_event:
            return encode_structured(event)
        headers.append((b"content-type", event.datacontenttype.encode()))
    for name, text in attributes_as_text(event):
        headers.append((_PREFIX + name.encode(), encode_header(text)))
    return headers, event.data or b""


def encode_structured(event: CloudEvent) -> tuple[Headers, bytes]:
    """Write one event as a JSON body."""
    return _json_headers(EVENT), json_format.encode_event(event)


def encode_batch(events: Iterable[CloudEvent]) -> tuple[Headers, bytes]:
    """Write a batch as a JSON body; only for a receiver that asked for batches."""
    return _json_headers(BATCH), json_format.encode_batch(events)


def _json_headers(media_type: str) -> Headers:
    return [(b"content-type", f"{media_type}; charset=UTF-8".encode())]


def _content_type(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    values = [value for name, value in headers if name == b"content-type"]
    if len(values) > 1:
        raise InvalidEvent("/datacontenttype", "The header Content-Type stands more than once.")
    return values[0].decode("latin-1").strip(" \t") if values else None


def _decode_binary(headers: Headers, content_type: str | None, body: bytes) -> CloudEvent:
    attributes: dict[str, AttributeValue] = {}
    for field, value in headers:
        if field.startswith(_PREFIX):
            name = field[len(_PREFIX) :].decode("latin-1")
            check_name(name)
            if name == "datacontenttype":
                raise InvalidEvent("/datacontenttype", "Use Content-Type, not ce-datacontenttype.")
            if name in attributes:
                raise InvalidEvent(f"/{name}", f"The header ce-{name} stands more than once.")
            attributes[name] = _header(name, value)
    if content_type is not None:
        attributes["datacontenttype"] = content_type
    return assemble(attributes, body or None)


def _header(name: str, value: bytes) -> str:
    try:
        return decode_header(value)
    except ValueError:
        raise InvalidEvent(
            f"/{name}", "The header value is not percent-encoded UTF-8 in printable ASCII."
        ) from None
