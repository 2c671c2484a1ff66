"""The JSON event format and its batches (CloudEvents 1.0.2, formats/json-format.md).

Events of the usual shape take a fast lane, which either builds the event or makes no statement;
all others take the general lane, which knows every rule and names the one that is broken.
"""

from collections.abc import Iterable

import msgspec

from shared.contracts.cloudevents.attribute_text import is_text
from shared.contracts.cloudevents.event import OPTIONAL, SPEC_VERSION, CloudEvent, InvalidEvent
from shared.contracts.cloudevents.json_array import split_array
from shared.contracts.cloudevents.json_lanes import fast_batch, fast_lane, general_lane
from shared.contracts.cloudevents.media_type import MediaType, parse_media_type
from shared.contracts.cloudevents.uri import is_uri_reference

_ENCODER = msgspec.json.Encoder()


class Rejected(msgspec.Struct, frozen=True, kw_only=True):
    """An element of a batch that is not an event; `pointer` starts at the element.

    `raw` is the element as sent; `id` and `source` are given where they could be read as valid.
    """

    pointer: str
    reason: str
    raw: bytes
    id: str | None = None
    source: str | None = None


def decode_event(body: bytes) -> CloudEvent:
    """Read one event; raises InvalidEvent."""
    return fast_lane(body) or general_lane(body)


def decode_batch(body: bytes) -> list[CloudEvent | Rejected]:
    """Read a batch, element by element and in order.

    By the letter of the format one Rejected makes the batch invalid; the caller decides.
    Raises InvalidEvent where the body as a whole is not a JSON array.
    """
    events = fast_batch(body)
    if events is not None:
        return [*events]
    return [_event_or_rejected(raw) for raw in split_array(body)]


def encode_event(event: CloudEvent) -> bytes:
    """Write one event. JSON data goes in as it stands, text as a string, all else as base64."""
    return _ENCODER.encode(_members(event))


def encode_batch(events: Iterable[CloudEvent]) -> bytes:
    """Write a batch, which may be empty."""
    return _ENCODER.encode([_members(event) for event in events])


def _event_or_rejected(raw: bytes) -> CloudEvent | Rejected:
    try:
        return fast_lane(raw) or general_lane(raw)
    except InvalidEvent as error:
        identifier, source = _identity(raw)
        return Rejected(
            pointer=error.pointer, reason=error.reason, raw=raw, id=identifier, source=source
        )


class _Identity(msgspec.Struct):
    id: object = None
    source: object = None


_IDENTITY = msgspec.json.Decoder(_Identity)


def _identity(raw: bytes) -> tuple[str | None, str | None]:
    try:
        identity = _IDENTITY.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None, None
    identifier, source = identity.id, identity.source
    return (
        identifier if isinstance(identifier, str) and identifier and is_text(identifier) else None,
        source if isinstance(source, str) and source and is_uri_reference(source) else None,
    )


def _members(event: CloudEvent) -> dict[str, object]:
    members: dict[str, object] = {
        "specversion": SPEC_VERSION,
        "id": event.id,
        "source": event.source,
        "type": event.type,
    }
    for name in OPTIONAL:
        if (value := getattr(event, name)) is not None:
            members[name] = value
    members |= event.extensions
    if event.data is not None:
        _add_data(members, event.datacontenttype, event.data)
    return members


def _add_data(members: dict[str, object], datacontenttype: str | None, data: bytes) -> None:
    media_type = None if datacontenttype is None else parse_media_type(datacontenttype)
    if media_type is not None and media_type.is_json:
        members["data"] = msgspec.Raw(data)
    elif media_type is not None and (text := _as_text(data, media_type)) is not None:
        members["data"] = text
    else:
        members["data_base64"] = data


def _as_text(data: bytes, media_type: MediaType) -> str | None:
    if not media_type.is_text or media_type.charset is None:
        return None
    try:
        text = data.decode(media_type.charset)
        same = text.encode(media_type.charset) == data
        text.encode()  # a lone surrogate has no place in JSON
    except UnicodeError:
        return None
    return text if same else None
