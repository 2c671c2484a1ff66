"""Customers of a Shopify shop, who are accounts that the shop is the authority on."""

from services.events.connectors.shopify.wire import Customer
from services.events.domain.identity import Person, make_alias


def customer_alias(source: str, customer_id: str) -> str:
    """The alias of a customer's account."""
    return make_alias("shopify", source, customer_id)


def person(source: str, customer: Customer, locale: str | None = None) -> Person:
    """The account. Consents stay out: a shop's marketing consent is for marketing."""
    address = customer.default_address
    return Person(
        alias=customer_alias(source, customer.key),
        customer_id=f"shopify-{source}-{customer.key}",
        name=customer.name,
        email=customer.email or None,
        email_verified=bool(customer.verified_email),
        phone=customer.phone or None,
        locale=locale or None,
        country=None if address is None else address.country_code or None,
    )
