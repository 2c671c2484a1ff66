"""SMS, push and whatever else a provider hands over by an HTTP API: the mapping is in the file."""

from services.notifier.channels.http.channel import make

__all__ = ["make"]
