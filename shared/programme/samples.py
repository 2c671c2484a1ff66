"""Acts to try templates on: one that says everything its contract allows, one the least."""

from typing import Any

SAMPLES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "purchase": (
        {
            "order_id": "1001",
            "total": "42.50",
            "currency": "EUR",
            "channel": "web",
            "products": [
                {
                    "product_id": "mug-7",
                    "sku": "MUG-7-BLUE",
                    "name": "Blue mug",
                    "price": "21.25",
                    "quantity": "2",
                }
            ],
        },
        {"order_id": "1001", "total": "42.50", "currency": "EUR"},
    ),
    "referral": ({"referred": "c-205", "channel": "shop"}, {"referred": "c-205"}),
    "recommendation": (
        {
            "url": "https://forum.example/t/42",
            "message": "Their mugs keep the tea warm.",
            "channel": "community",
        },
        {},
    ),
    "help": (
        {
            "helped": "c-205",
            "topic": "first brew",
            "words": "That saved my first pot.\nThank you!",
            "channel": "community",
        },
        {},
    ),
    "review": (
        {
            "rating": 4,
            "product_id": "mug-7",
            "review_id": "r-9",
            "review_body": "Keeps the tea warm.",
            "channel": "web",
        },
        {"rating": 1},
    ),
    "complaint": (
        {"order_id": "1001", "message": "Arrived broken.", "channel": "phone"},
        {},
    ),
    "answer": (
        {
            "survey": "order",
            "value": 9,
            "scale": [0, 10],
            "about": {
                "source": "/shop",
                "id": "order-1001",
                "type": "io.requite.act.purchase.v1",
                "time": "2025-03-01T10:00:00Z",
            },
        },
        {"survey": "order", "value": 0, "scale": [0, 10]},
    ),
}
