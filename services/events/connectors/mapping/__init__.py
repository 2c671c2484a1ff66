"""Anything else that sends JSON, read by a mapping in the source's file."""

from services.events.connectors.mapping.connector import MappedWebhooks

__all__ = ["MappedWebhooks"]
