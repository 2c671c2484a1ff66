"""What WooCommerce sends, as far as it is read (REST API v3, orders and customers)."""

import re
from decimal import Decimal

from msgspec import Struct

_E164 = re.compile(r"\+[0-9]{7,15}")
_IN_NUMBERS = str.maketrans("", "", " ()-./")


class Deleted(Struct, kw_only=True, forbid_unknown_fields=True):
    """All that is said of what is gone."""

    id: int


class Billing(Struct, kw_only=True):
    first_name: str = ""
    last_name: str = ""
    email: str | None = ""
    phone: str | None = ""
    country: str | None = ""

    @property
    def name(self) -> str | None:
        """First and last name, as far as they are given."""
        return " ".join(part for part in (self.first_name, self.last_name) if part) or None

    @property
    def e164(self) -> str | None:
        """The number, where it says which country it is in."""
        number = (self.phone or "").translate(_IN_NUMBERS)
        return number if _E164.fullmatch(number) else None


class LineItem(Struct, kw_only=True):
    product_id: int | None = None
    sku: str | None = None
    name: str | None = None
    price: Decimal | None = None
    quantity: Decimal | None = None


class Refund(Struct, kw_only=True):
    """`total` is negative."""

    id: int
    total: Decimal


class Coupon(Struct, kw_only=True):
    code: str | None = None


class Meta(Struct, kw_only=True):
    key: str | None = None
    value: object = None


class Order(Struct, kw_only=True):
    id: int
    status: str
    currency: str
    total: Decimal
    customer_id: int
    date_paid_gmt: str | None
    date_modified_gmt: str
    billing: Billing
    refunds: list[Refund]
    line_items: list[LineItem] = []
    coupon_lines: list[Coupon] = []
    meta_data: list[Meta] = []


class Customer(Struct, kw_only=True):
    id: int
    email: str
    first_name: str
    last_name: str
    billing: Billing
