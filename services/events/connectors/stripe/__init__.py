"""Stripe: what was paid through Checkout, and what went back."""

from services.events.connectors.stripe.connector import Stripe

__all__ = ["Stripe"]
