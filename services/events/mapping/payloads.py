"""What an order says in an act, as msgspec writes it; what acts may say at all is in the
programme's acts/."""

from decimal import Decimal
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

Id = Annotated[str, Meta(min_length=1, max_length=200)]
Text = Annotated[str, Meta(max_length=4000)]


class Product(Struct, frozen=True, kw_only=True):
    """One line of an order; `price` is per unit, in the order's currency."""

    product_id: Id | UnsetType = UNSET
    sku: Id | UnsetType = UNSET
    name: Text | UnsetType = UNSET
    price: Decimal | UnsetType = UNSET
    quantity: Decimal | UnsetType = UNSET


class Purchase(Struct, frozen=True, kw_only=True):
    """An order was paid. `total` is what the customer paid, exact, in `currency` (ISO 4217)."""

    order_id: str
    total: Decimal
    currency: str
    products: list[Product] | UnsetType = UNSET


class Refund(Struct, frozen=True, kw_only=True):
    """Money went back: of the order `order_id`, if it is known."""

    total: Decimal
    currency: str
    order_id: str | UnsetType = UNSET
