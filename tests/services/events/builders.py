"""Builders of events and customers."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from services.events.domain.quarantine import Quarantined, quarantine_id
from shared.contracts.cloudevents import CloudEvent
from tests.shipped import example

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def make_event(kind: str = "purchase", data: Any = None, **attributes: Any) -> CloudEvent:
    """A valid act of `kind`, changed as told."""
    event_type = f"io.requite.act.{kind}.v1"
    usual: dict[str, Any] = {
        "id": "1",
        "source": "/shop",
        "type": event_type,
        "subject": "c-1",
        "time": "2026-05-30T10:00:00Z",
        "datacontenttype": "application/json",
        "data": msgspec.json.encode(example(event_type) if data is None else data),
    }
    return CloudEvent(**usual | attributes)


def make_entry(body: bytes = b"{}", **members: Any) -> Quarantined:
    """A refused event."""
    usual: dict[str, Any] = {
        "id": quarantine_id(body),
        "body": body,
        "pointer": "/type",
        "reason": "not a type",
        "received_at": NOW,
    }
    return Quarantined(**usual | members)
