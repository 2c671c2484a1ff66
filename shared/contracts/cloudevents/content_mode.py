"""How an event travels: told by the content type alone, never by the attribute headers."""

from enum import Enum

EVENT = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
_FAMILY = "application/cloudevents"


class ContentMode(Enum):
    """The content modes of the CloudEvents protocol bindings."""

    BINARY = "binary"
    STRUCTURED = "structured"
    BATCHED = "batched"


class UnsupportedEventFormat(ValueError):
    """The content type names an event format other than JSON; `media_type` has no parameters."""

    def __init__(self, media_type: str) -> None:
        super().__init__("Only the JSON event format is supported.")
        self.media_type = media_type


def content_mode_of(content_type: str | None) -> ContentMode:
    """Return the mode that a Content-Type value stands for; letter case does not matter.

    Raises UnsupportedEventFormat for an event format that is not JSON.
    """
    if content_type is None:
        return ContentMode.BINARY
    media_type = content_type.partition(";")[0].strip().lower()
    if not media_type.startswith(_FAMILY):
        return ContentMode.BINARY
    if media_type == BATCH:
        return ContentMode.BATCHED
    if media_type == EVENT:
        return ContentMode.STRUCTURED
    raise UnsupportedEventFormat(media_type)
