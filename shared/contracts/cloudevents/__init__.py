"""CloudEvents 1.0.2: the event, its strict rules, its JSON format, its HTTP and Kafka bindings."""

from shared.contracts.cloudevents.content_mode import ContentMode, UnsupportedEventFormat
from shared.contracts.cloudevents.event import CloudEvent, InvalidEvent, check
from shared.contracts.cloudevents.json_format import Rejected

__all__ = [
    "CloudEvent",
    "ContentMode",
    "InvalidEvent",
    "Rejected",
    "UnsupportedEventFormat",
    "check",
]
