"""Acts as connectors tell them: business ids, so that the same fact is the same event."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from shared.contracts.acts import PREFIX
from shared.contracts.cloudevents import CloudEvent, InvalidEvent
from shared.contracts.cloudevents.event import check
from shared.contracts.cloudevents.timestamp import parse_timestamp
from shared.errors import Invalid

_ENCODER = msgspec.json.Encoder(decimal_format="string")


def make_act(
    source: str, name: str, id: str, subject: str, time: str, data: Mapping[str, Any]
) -> CloudEvent:
    """The act `io.requite.act.<name>.v1` of `/webhooks/<source>`; members that are None are left
    out of `data`. Raises Invalid where the platform's text can't be in an event."""
    event = CloudEvent(
        id=id,
        source=f"/webhooks/{source}",
        type=f"{PREFIX}{name}.v1",
        subject=subject,
        time=time,
        datacontenttype="application/json",
        data=_ENCODER.encode({key: value for key, value in data.items() if value is not None}),
    )
    try:
        return check(event)
    except InvalidEvent as error:
        raise Invalid(f"what it says can't be told as an act: {error.reason}") from None


def utc(text: str, pointer: str) -> str:
    """A platform's date-time (RFC 3339) in UTC, so that times compare as text. Raises Invalid."""
    try:
        moment = parse_timestamp(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid("not a date-time of RFC 3339", pointer) from None
    return told(moment)


def utc_of_unix(seconds: int, pointer: str) -> str:
    """Unix seconds as a date-time in UTC. Raises Invalid."""
    try:
        return told(datetime.fromtimestamp(seconds, UTC))
    except (ValueError, OverflowError, OSError):
        raise Invalid("not a time in Unix seconds", pointer) from None


def told(moment: datetime) -> str:
    """An aware moment as acts write it, to the microsecond where it has any."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
