"""What no schema can say of attention.yaml."""

from collections.abc import Iterator
from datetime import timedelta

from shared.programme.documents import Document
from shared.programme.periods import period
from shared.programme.problems import Problem

LONGEST = timedelta(days=90)
"""How far back it is known what a customer was sent."""


def check_attention(attention: Document) -> Iterator[Problem]:
    """Windows that are too long, and quiet hours that are none or all."""
    for index, window in enumerate(attention.data.get("budget", ())):
        if window["per"] != "day" and period(window["per"]) > LONGEST:
            message = f"must be at most {LONGEST.days}d"
            yield attention.problem(f"/budget/{index}/per", message)
    quiet = attention.data.get("quiet_hours")
    if isinstance(quiet, dict) and quiet["from"] == quiet["to"]:
        message = "must differ from 'from'; say never where there are no quiet hours"
        yield attention.problem("/quiet_hours/to", message)
