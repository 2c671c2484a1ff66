"""WooCommerce: orders with their refunds, and customers."""

from services.events.connectors.woocommerce.connector import WooCommerce

__all__ = ["WooCommerce"]
