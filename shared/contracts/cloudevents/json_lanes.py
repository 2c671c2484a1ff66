"""From the JSON text of one event to the event: a fast lane and a general one.

The fast lane either builds the event or returns None, which says nothing about the event. Both
count quotation marks to find a member name that stands twice: the marks of the whole text must
be those of the names and values that were read, so a second member always leaves some over.
"""

import binascii
import re
from typing import Literal

import msgspec

from shared.contracts.cloudevents.event import (
    AttributeValue,
    CloudEvent,
    InvalidEvent,
    assemble,
    check_attributes,
    check_name,
)
from shared.contracts.cloudevents.media_type import parse_media_type
from shared.contracts.cloudevents.remembered import remembered

_ABSENT = msgspec.Raw()
_IMPLIED = "application/json"


class _Usual(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    specversion: Literal["1.0"]
    id: str
    source: str
    type: str
    subject: str | None = None
    time: str | None = None
    datacontenttype: str | None = None
    dataschema: str | None = None
    traceparent: str | None = None
    tracestate: str | None = None
    data: msgspec.Raw = _ABSENT


_USUAL = msgspec.json.Decoder(_Usual)
_USUAL_BATCH = msgspec.json.Decoder(list[_Usual])
_NONE: dict[str, AttributeValue] = {}  # shared by all events without extensions; never written to
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_TEXT = msgspec.json.Decoder(str)
_INTEGER = re.compile(rb"-?(?:0|[1-9][0-9]*)")


def fast_lane(raw: bytes) -> CloudEvent | None:
    """Build the event where every attribute is a string of the usual names and data is JSON.

    Returns None for any other shape; raises InvalidEvent for an attribute's value.
    """
    try:
        usual = _USUAL.decode(raw)
        if not raw.isascii():
            raw.decode()  # msgspec does not look inside strings that it passes over
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    event = _build(usual)
    if event is None or raw.count(b'"') != _marks_expected(usual, event.data):
        return None
    check_attributes(event)
    return event


def fast_batch(body: bytes) -> list[CloudEvent] | None:
    """Build all events of a batch in one go, where each of them fits the fast lane.

    Returns None where one of them does not, or breaks a rule: then they must be read one by one.
    """
    try:
        batch = _USUAL_BATCH.decode(body)
        if not body.isascii():
            body.decode()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    events: list[CloudEvent] = []
    marks = 0
    try:
        for usual in batch:
            event = _build(usual)
            if event is None:
                return None
            check_attributes(event)
            events.append(event)
            marks += _marks_expected(usual, event.data)
    except InvalidEvent:
        return None
    # No element has fewer marks than expected, so the sums are equal only if all of them are.
    return events if body.count(b'"') == marks else None


def _build(usual: _Usual) -> CloudEvent | None:
    data = bytes(usual.data)
    datacontenttype = usual.datacontenttype
    if data:
        if datacontenttype is None:
            datacontenttype = _IMPLIED
        elif not _is_json(datacontenttype):
            return None
    extensions = _NONE
    if usual.traceparent is not None or usual.tracestate is not None:
        extensions = {}
        if usual.traceparent is not None:
            extensions["traceparent"] = usual.traceparent
        if usual.tracestate is not None:
            extensions["tracestate"] = usual.tracestate
    return CloudEvent(
        id=usual.id,
        source=usual.source,
        type=usual.type,
        subject=usual.subject,
        time=usual.time,
        datacontenttype=datacontenttype,
        dataschema=usual.dataschema,
        extensions=extensions,
        data=data or None,
    )


@remembered
def _is_json(datacontenttype: str) -> bool:
    media_type = parse_media_type(datacontenttype)
    return media_type is not None and media_type.is_json


def _marks_expected(usual: _Usual, data: bytes | None) -> int:
    """Four marks for an attribute, two for the name of data, and those inside data."""
    attributes = (
        4
        + (usual.subject is not None)
        + (usual.time is not None)
        + (usual.datacontenttype is not None)
        + (usual.dataschema is not None)
        + (usual.traceparent is not None)
        + (usual.tracestate is not None)
    )
    return 4 * attributes + (2 + data.count(b'"') if data else 0)


def general_lane(raw: bytes) -> CloudEvent:
    """Read an event of any shape; raises InvalidEvent that names the rule it breaks."""
    members = _members(raw)
    attributes: dict[str, AttributeValue] = {}
    for name, text in members.items():
        if name not in ("data", "data_base64"):
            check_name(name)
            if text != b"null":
                attributes[name] = _attribute(name, text)
    if members.get("data_base64", b"null") != b"null":
        if "data" in members:
            raise InvalidEvent("/data_base64", "Only one of data and data_base64 may be present.")
        return assemble(attributes, _base64(members["data_base64"]))
    if "data" not in members:
        return assemble(attributes, None)
    return _with_data(attributes, members["data"])


def _members(raw: bytes) -> dict[str, bytes]:
    try:
        raw.decode()
        members = {name: bytes(text) for name, text in _MEMBERS.decode(raw).items()}
    except msgspec.ValidationError:
        raise InvalidEvent("", "An event must be a JSON object.") from None
    except RecursionError:
        raise InvalidEvent("", "The event is nested too deeply.") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InvalidEvent("", "The event is not well-formed JSON in UTF-8.") from None
    read = sum(2 + name.count('"') + text.count(b'"') for name, text in members.items())
    if raw.count(b'"') > read:
        raise InvalidEvent("", "A member name stands more than once.")
    return members


def _attribute(name: str, text: bytes) -> AttributeValue:
    if text.startswith(b'"'):
        return _TEXT.decode(text)
    if text in (b"true", b"false"):
        return text == b"true"
    if _INTEGER.fullmatch(text) is None:
        kind = "a list or an object" if text[:1] in b"[{" else "a number other than an integer"
        raise InvalidEvent(f"/{name}", f"The attribute {name} is {kind}.")
    return int(text[:12])  # more digits are out of range all the same


def _base64(text: bytes) -> bytes:
    if not text.startswith(b'"'):
        raise InvalidEvent("/data_base64", "The member data_base64 must be a string.")
    try:
        return binascii.a2b_base64(_TEXT.decode(text), strict_mode=True)
    except ValueError:
        raise InvalidEvent("/data_base64", "The data is not Base64 (RFC 4648, 4).") from None


def _with_data(attributes: dict[str, AttributeValue], text: bytes) -> CloudEvent:
    datacontenttype = attributes.setdefault("datacontenttype", _IMPLIED)
    media_type = parse_media_type(str(datacontenttype))
    if media_type is None or media_type.is_json:
        return assemble(attributes, text, data_is_checked=True)
    if not text.startswith(b'"'):
        raise InvalidEvent("/data", "Data of a media type other than JSON must be a string.")
    if media_type.charset is None:
        raise InvalidEvent("/datacontenttype", "The charset of the data is not known here.")
    try:
        return assemble(attributes, _TEXT.decode(text).encode(media_type.charset))
    except UnicodeEncodeError:
        raise InvalidEvent("/data", "The data cannot be written in its charset.") from None
