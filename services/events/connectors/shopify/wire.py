"""What Shopify sends, as far as it is read (REST Admin API, resources Order, Refund, Customer)."""

from decimal import Decimal

from msgspec import Struct


class Resource(Struct, kw_only=True):
    """`id` may have been rounded on its way through JavaScript; the global id is text."""

    id: int
    admin_graphql_api_id: str | None = None

    @property
    def key(self) -> str:
        """The id's digits, from the global id where it has them."""
        digits = (self.admin_graphql_api_id or "").rpartition("/")[2]
        return digits if digits.isascii() and digits.isdigit() else str(self.id)


class PostalAddress(Struct, kw_only=True):
    country_code: str | None = None


class Customer(Resource, kw_only=True):
    email: str | None = None
    verified_email: bool | None = None
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    default_address: PostalAddress | None = None

    @property
    def name(self) -> str | None:
        """First and last name, as far as they are known."""
        return " ".join(part for part in (self.first_name, self.last_name) if part) or None


class Account(Customer, kw_only=True):
    """The body of `customers/create` and `customers/update`."""

    email: str | None
    first_name: str | None
    last_name: str | None


class Deleted(Resource, kw_only=True, forbid_unknown_fields=True):
    """All that is said of what is gone."""


class LineItem(Struct, kw_only=True):
    product_id: int | None = None
    sku: str | None = None
    name: str | None = None
    price: Decimal | None = None
    quantity: Decimal | None = None


class DiscountCode(Struct, kw_only=True):
    code: str | None = None


class NoteAttribute(Struct, kw_only=True):
    name: str | None = None
    value: object = None


class Transaction(Struct, kw_only=True):
    kind: str
    status: str
    amount: Decimal
    currency: str
    test: bool | None = None


class Refund(Resource, kw_only=True):
    order_id: int
    transactions: list[Transaction]
    created_at: str | None = None
    processed_at: str | None = None
    note: str | None = None


class Order(Resource, kw_only=True):
    currency: str
    total_price: Decimal
    financial_status: str | None
    current_total_price: Decimal | None = None
    email: str | None = None
    contact_email: str | None = None
    customer: Customer | None = None
    customer_locale: str | None = None
    source_name: str | None = None
    test: bool | None = None
    cancelled_at: str | None = None
    cancel_reason: str | None = None
    processed_at: str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    line_items: list[LineItem] = []
    discount_codes: list[DiscountCode] = []
    note_attributes: list[NoteAttribute] = []
    refunds: list[Refund] = []


class DataRequested(Struct, kw_only=True):
    id: int


class Person(Struct, kw_only=True):
    id: int | None = None
    email: str | None = None


class Compliance(Struct, kw_only=True):
    """The body of `customers/data_request` and `customers/redact`; a person may have an e-mail
    address only."""

    customer: Person
    orders_to_redact: list[int] = []
    data_request: DataRequested | None = None


class ShopRedact(Struct, kw_only=True):
    """The shop took the app out, 48 hours ago."""

    shop_id: int
    shop_domain: str
