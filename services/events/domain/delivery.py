"""A webhook delivery that could not be read, as an event that can be kept and read again."""

import base64
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from services.events.domain.quarantine import quarantine_id
from shared.contracts.cloudevents import CloudEvent
from shared.errors import Invalid

DELIVERY = "io.requite.delivery.v1"
SOURCE = "/webhooks/"

_CREDENTIAL = re.compile(r"signature|hmac|authoriz|cookie|secret|token")


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


class NotedHeaders(Mapping[str, str]):
    """Headers that remember which of them somebody has read, and never those that prove who sent
    them."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers
        self.noted: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        value = self._headers[name]
        if not _CREDENTIAL.search(name):
            self.noted[name] = value
        return value

    def __contains__(self, name: object) -> bool:
        return name in self._headers

    def __iter__(self) -> Iterator[str]:
        return iter(self._headers)

    def __len__(self) -> int:
        return len(self._headers)


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
