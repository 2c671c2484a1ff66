"""Discourse: posts, accepted solutions, and accounts of a forum."""

from services.events.connectors.discourse.connector import Discourse

__all__ = ["Discourse"]
