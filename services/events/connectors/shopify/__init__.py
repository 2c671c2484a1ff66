"""Shopify: orders, refunds, customers and the three compliance topics."""

from services.events.connectors.shopify.connector import Shopify

__all__ = ["Shopify"]
