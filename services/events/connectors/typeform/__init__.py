"""Typeform: responses to a form."""

from services.events.connectors.typeform.connector import Typeform

__all__ = ["Typeform"]
