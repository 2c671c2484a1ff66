"""Every connector by the name that a source's file gives it."""

from collections.abc import Mapping

from services.events.connectors.discourse import Discourse
from services.events.connectors.github import GitHub
from services.events.connectors.mapping import MappedWebhooks
from services.events.connectors.setup import MakeConnector
from services.events.connectors.shopify import Shopify
from services.events.connectors.standard_webhooks import StandardWebhooks
from services.events.connectors.stripe import Stripe
from services.events.connectors.typeform import Typeform
from services.events.connectors.woocommerce import WooCommerce

CONNECTORS: Mapping[str, MakeConnector] = {
    "discourse": Discourse,
    "github": GitHub,
    "mapping": MappedWebhooks,
    "shopify": Shopify,
    "standard-webhooks": StandardWebhooks,
    "stripe": Stripe,
    "typeform": Typeform,
    "woocommerce": WooCommerce,
}
