"""What a Shopify shop sends."""

import base64
import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

from shared.webhooks.delivery import Delivery
from tests.services.events.connectors.suite import Told

ORDER_ID = 9007199254740993  # the first integer that a float can't hold


def make_order(**members: Any) -> dict[str, Any]:
    return {
        "id": ORDER_ID,
        "admin_graphql_api_id": f"gid://shopify/Order/{ORDER_ID}",
        "email": "guest@example.com",
        "currency": "EUR",
        "total_price": "100.00",
        "current_total_price": "100.00",
        "financial_status": "paid",
        "test": False,
        "cancelled_at": None,
        "processed_at": "2026-05-01T10:00:00+02:00",
        "created_at": "2026-05-01T09:59:58+02:00",
        "updated_at": "2026-05-01T10:00:03+02:00",
        "source_name": "web",
        "customer_locale": "de-DE",
        "customer": {
            "id": 207119551,
            "email": "ana@example.com",
            "verified_email": True,
            "first_name": "Ana",
            "last_name": None,
            "phone": "+4930123",
        },
        "line_items": [
            {"product_id": 7, "sku": "", "name": "Mug", "price": "50.00", "quantity": 2}
        ],
        "discount_codes": [{"code": "MAY", "amount": "5.00", "type": "fixed_amount"}],
        "note_attributes": [{"name": "referral_code", "value": "ANA-1"}],
        "refunds": [],
    } | members


def make_refund(*amounts: str, **members: Any) -> dict[str, Any]:
    return {
        "id": 929361464,
        "admin_graphql_api_id": "gid://shopify/Refund/929361464",
        "order_id": ORDER_ID,
        "created_at": "2026-05-03T08:00:00Z",
        "processed_at": "2026-05-03T08:00:00Z",
        "note": "broken",
        "refund_line_items": [{"quantity": 1, "subtotal": 50.0, "total_tax": 0}],
        "transactions": [
            {"kind": "refund", "status": "success", "amount": amount, "currency": "EUR"}
            for amount in amounts
        ],
        "order_adjustments": [],
    } | members


def tell(topic: str, body: Any, prefix: str = "x-shopify", **headers: str) -> Told:
    return Told(json.dumps(body).encode(), {f"{prefix}-topic": topic, **headers})


def sign(told: Told, secret: str, at: datetime) -> Delivery:
    digest = hmac.digest(secret.encode(), told.body, hashlib.sha256)
    signature = base64.b64encode(digest).decode()
    return Delivery({**told.headers, "x-shopify-hmac-sha256": signature}, told.body, at)
