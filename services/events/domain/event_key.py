"""The identity of an event as one text."""

from shared.contracts.cloudevents import CloudEvent


def event_key(event: CloudEvent) -> str:
    """Source and id (CloudEvents 1.0.2, section 3.1.1); a URI reference holds no space."""
    return f"{event.source} {event.id}"
