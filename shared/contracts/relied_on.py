"""What services rely on in acts, whatever else the programme's files say of them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """What a member must be: `says` in words, `type` and `format` as in its JSON Schema; a text of
    at most `longest` characters, and a list of objects with these `members` if they have them."""

    says: str
    type: str | tuple[str, ...] = "string"
    format: str | None = None
    longest: int | None = None
    members: Mapping[str, "Kind"] | None = None


@dataclass(frozen=True, slots=True)
class Core:
    """Members that a type of act must require, and others that it must have."""

    required: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


TEXT = Kind("a text (type: string)")
ID = Kind("an id (type: string, with a maxLength of at most 500)", longest=500)
DECIMAL = Kind(
    "an exact decimal (type: [string, number], format: decimal)", ("string", "number"), "decimal"
)
MOMENT = Kind("a time (type: string, format: date-time)", format="date-time")
FLAG = Kind("true or false (type: boolean)", "boolean")
PRODUCTS = Kind(
    "a list of objects (type: array, items: {type: object})",
    "array",
    members={
        "product_id": ID,
        "sku": ID,
        "name": TEXT,
        "price": DECIMAL,
        "cost": DECIMAL,
        "quantity": DECIMAL,
    },
)

MEMBERS: Mapping[str, Kind] = {
    "order_id": ID,
    "refund_id": ID,
    "return_id": ID,
    "subscription_id": ID,
    "referral_id": ID,
    "content_id": ID,
    "thread_id": ID,
    "in_reply_to": ID,
    "referral_code": ID,
    "coupon": ID,
    "referred": ID,
    "referred_by": ID,
    "helped": ID,
    "helper": ID,
    "given_by": ID,
    "author_of_parent": ID,
    "total": DECIMAL,
    "margin": DECIMAL,
    "currency": TEXT,
    "products": PRODUCTS,
    "updated_at": MOMENT,
    "promised_at": MOMENT,
    "delivered_at": MOMENT,
    "cumulative": FLAG,
    "message": TEXT,
    "words": TEXT,
    "topic": TEXT,
    "title": TEXT,
    "body": TEXT,
    "url": TEXT,
}
"""Members that mean the same in every act that has them."""

WITHDRAWN: Mapping[str, Kind] = {"id": ID, "source": ID}
"""Those that a withdrawal has besides: which act it takes back."""

CORE: Mapping[str, Core] = {
    "purchase": Core(
        ("order_id", "total", "currency"),
        ("margin", "products", "updated_at", "coupon", "referral_code", "referred_by"),
    ),
    "refund": Core(("total", "currency"), ("order_id", "refund_id", "cumulative")),
    "cancellation": Core(("order_id",), ("updated_at",)),
    "withdrawal": Core(("id",), ("source",)),
    "referral": Core(("referred",), ("referral_id",)),
    "welcome": Core(("referred_by",), ("referral_id",)),
    "help": Core((), ("helped", "topic", "words", "thread_id", "content_id")),
    "help_received": Core((), ("helper", "topic", "words", "thread_id", "content_id")),
    "complaint": Core((), ("message", "order_id")),
    "user_content": Core(
        ("content_id",), ("thread_id", "in_reply_to", "author_of_parent", "title", "body", "url")
    ),
    "sign_up": Core((), ("referral_code",)),
}
"""Acts that services make or handle themselves; a programme has them all."""
