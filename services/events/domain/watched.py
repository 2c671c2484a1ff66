"""An act as events itself reads it back from the topic, to draw conclusions from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from shared.contracts.acts import short_name
from shared.contracts.cloudevents import CloudEvent
from shared.contracts.payload import exact_number
from shared.errors import Invalid

_OBJECT = msgspec.json.Decoder(dict[str, Any], float_hook=exact_number)


@dataclass(frozen=True, slots=True)
class WatchedAct:
    """One act. `kind` is its short name (`purchase`), `data` its payload with numbers exact."""

    kind: str
    event: CloudEvent
    subject: str
    time: datetime
    data: Mapping[str, Any]

    @property
    def key(self) -> tuple[str, str]:
        """(source, id): what makes the act the same when it is read again."""
        return self.event.source, self.event.id

    def text(self, name: str) -> str | None:
        """The member `name` of the payload where it is a text that is not empty."""
        value = self.data.get(name)
        return value if isinstance(value, str) and value else None


def watch(event: CloudEvent) -> WatchedAct:
    """Raises Invalid, and msgspec.DecodeError or UnicodeDecodeError for a broken payload."""
    instant = event.instant
    if event.subject is None or instant is None:
        raise Invalid("subject and time are needed")
    data = _OBJECT.decode(event.data or b"")
    return WatchedAct(short_name(event.type), event, event.subject, instant, data)
