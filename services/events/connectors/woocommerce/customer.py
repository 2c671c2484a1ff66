"""Customers of a WooCommerce shop who have an account there."""

from services.events.connectors.woocommerce.wire import Billing
from services.events.domain.identity import Person, make_alias


def person(source: str, customer_id: int, billing: Billing) -> Person:
    """The account. WordPress never makes a person prove an address, so none is verified."""
    return Person(
        alias=make_alias("woocommerce", source, str(customer_id)),
        customer_id=f"woocommerce-{source}-{customer_id}",
        name=billing.name,
        email=billing.email or None,
        phone=billing.e164,
        country=billing.country or None,
    )
