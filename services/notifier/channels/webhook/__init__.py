"""Signed webhooks to the shop's own systems, by the Standard Webhooks specification."""

from services.notifier.channels.webhook.channel import make

__all__ = ["make"]
