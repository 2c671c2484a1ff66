"""JSON documents that nobody has checked yet: exact values, and the rows in them."""

import json
from decimal import Decimal
from typing import Any

from services.events.mapping.columns import lookup
from shared.errors import Invalid


def parse_json(text: str | bytes) -> Any:
    """The value of `text`, numbers exact: int or Decimal. Raises Invalid."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Invalid("no valid JSON") from None


def rows_of(document: Any, each: str) -> list[Any]:
    """The list at the JSON Pointer `each`. Without a pointer the document itself is the list, or
    the only row. Raises Invalid."""
    if not each:
        return document if isinstance(document, list) else [document]
    rows = lookup(document, each) if isinstance(document, dict) else None
    if not isinstance(rows, list):
        raise Invalid("no list, where the mapping has `each`", each)
    return rows


def _no_constant(name: str) -> None:
    raise ValueError(name)
