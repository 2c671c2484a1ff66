"""Sample bodies from the shelf beside the repository, where it stands."""

import json
from pathlib import Path
from typing import Any

import pytest

_SHELF = Path(__file__).resolve().parents[5] / "shared" / "data" / "webhooks"


def sample(path: str) -> Any:
    """The JSON of `shopify/orders.paid.json`; skips the test where the shelf is missing."""
    file = _SHELF / path
    if not file.exists():
        pytest.skip(f"no sample data at {file}")
    return json.loads(file.read_text(encoding="utf-8"))
