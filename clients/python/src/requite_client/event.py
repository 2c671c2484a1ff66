"""An act as a CloudEvent 1.0 in the JSON format."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

ACT_PREFIX = "io.requite.act."


def make_event(
    source: str,
    act: str,
    customer: str,
    data: Mapping[str, Any],
    *,
    id: str | None = None,
    time: datetime | None = None,
) -> bytes:
    """The event of an act that happened at `time`, which is now if not said.

    `act` is a short name (`purchase`) or a whole type. Without an `id` the event gets a random
    one: give the shop's own (`order-1001`) wherever there is one, so that telling it again from
    another place counts once. Decimals become strings, since JSON numbers are not exact.

    Raises ValueError or TypeError for what can't be an event.
    """
    if not act or not customer or not source:
        raise ValueError("act, customer and source must not be empty")
    if "@" in customer:
        raise ValueError("a customer id is not an e-mail address: use the shop's own id")
    moment = datetime.now(UTC) if time is None else time
    if moment.tzinfo is None:
        raise ValueError("time needs a time zone")
    event = {
        "specversion": "1.0",
        "id": uuid4().hex if id is None else id,
        "source": source,
        "type": act if "." in act else f"{ACT_PREFIX}{act}.v1",
        "subject": customer,
        "time": moment.isoformat(),
        "datacontenttype": "application/json",
        "data": dict(data),
    }
    return json.dumps(event, default=_plain, allow_nan=False, separators=(",", ":")).encode()


def _plain(value: object) -> str:
    if isinstance(value, Decimal) and value.is_finite():
        return format(value, "f")
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} can't be said in JSON")
