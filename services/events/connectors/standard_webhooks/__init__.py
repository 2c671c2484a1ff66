"""Standard Webhooks: acts from anything that signs by that specification."""

from services.events.connectors.standard_webhooks.connector import StandardWebhooks
from services.events.connectors.standard_webhooks.signature import verify

__all__ = ["StandardWebhooks", "verify"]
