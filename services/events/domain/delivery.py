"""A webhook delivery that could not be read, as an event that can be kept and read again."""

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from services.events.domain.quarantine import quarantine_id
from shared.contracts.cloudevents import CloudEvent
from shared.errors import Invalid

DELIVERY = "io.requite.delivery.v1"
SOURCE = "/webhooks/"


class Kept(msgspec.Struct, frozen=True):
    """The data of such an event: the headers that were looked at, and the body as text, or in
    base64 where it is none."""

    headers: dict[str, str]
    body: str | None = None
    body_base64: bytes | None = None

    @property
    def raw(self) -> bytes:
        """The body byte for byte."""
        return (self.body or "").encode() if self.body_base64 is None else self.body_base64


_KEPT = msgspec.json.Decoder(Kept)


def as_event(source: str, headers: Mapping[str, str], body: bytes, at: datetime) -> CloudEvent:
    """The delivery as an event of type DELIVERY; the same one twice is the same event."""
    members: dict[str, Any] = {"headers": dict(sorted(headers.items()))}
    try:
        members["body"] = body.decode()
    except UnicodeDecodeError:
        members["body_base64"] = base64.b64encode(body).decode()
    data = msgspec.json.encode(members)
    return CloudEvent(
        id=quarantine_id(source.encode() + b"\n" + data),
        source=SOURCE + source,
        type=DELIVERY,
        time=at.isoformat(),
        datacontenttype="application/json",
        data=data,
    )


def source_of(event: CloudEvent) -> str:
    """The name of the source that sent the delivery in `event`; "" if it is none."""
    return event.source.removeprefix(SOURCE) if event.source.startswith(SOURCE) else ""


def kept_in(event: CloudEvent) -> Kept:
    """What `event` keeps. Raises Invalid with a pointer into the event."""
    try:
        return _KEPT.decode(event.data or b"")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Invalid("not a delivery: an object with `headers` and `body`", "/data") from None
