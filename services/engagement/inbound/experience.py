"""What an act says of how things went for the customer."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from services.engagement.inbound.payload_members import said
from shared.contracts.feedback import Answered

REVIEW = "review"
STARS = (1, 5)


def rating_of(kind: str, payload: Any) -> float | None:
    """From 0 (worst) to 1; None where there is no rating, or none on a known scale: that from
    `scale_min` to `scale_max` if both are told, and in a review else from 1 to 5."""
    rating = said(payload, "rating")
    if rating is None:
        return None
    lowest, highest = said(payload, "scale_min"), said(payload, "scale_max")
    if kind == REVIEW and lowest is None and highest is None:
        lowest, highest = STARS
    return _on_scale(rating, lowest, highest)


def rating_of_answer(answered: Answered) -> float | None:
    """From 0 (worst) to 1; None where it lies outside of its scale."""
    return _on_scale(answered.value, *answered.scale)


def kept_promise_of(payload: Any, happened_at: datetime) -> bool | None:
    """Whether it was there by `promised_at`: at its `delivered_at`, else when it happened. None
    where nothing was promised."""
    promised_at = said(payload, "promised_at")
    if promised_at is None:
        return None
    delivered_at = said(payload, "delivered_at") or happened_at
    return bool(delivered_at <= promised_at)


def _on_scale(value: Any, lowest: Any, highest: Any) -> float | None:
    if not (_is_number(value) and _is_number(lowest) and _is_number(highest)):
        return None
    if not lowest < highest or not lowest <= value <= highest:
        return None
    low, high = float(lowest), float(highest)
    return (float(value) - low) / (high - low)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)
