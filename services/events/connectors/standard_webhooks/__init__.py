"""Standard Webhooks: acts from anything that signs by that specification."""

from services.events.connectors.standard_webhooks.connector import StandardWebhooks

__all__ = ["StandardWebhooks"]
