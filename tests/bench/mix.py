"""A plausible mix of everything that a shop's customers do, told with the programme's examples."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.shipped import programme

Draw = Callable[[random.Random], int]
"""The number of a customer."""
Event = dict[str, Any]

SPAN = timedelta(days=60)
LATE, LATEST = 0.1, 0.05
"""One act in ten comes late, by as much as this share of the span."""

SHARES = {
    "purchase": 40,
    "user_content": 20,
    "help": 8,
    "help_received": 8,
    "delivery": 4,
    "review": 4,
    "survey_answer": 4,
    "refund": 3,
    "kudos": 2,
    "withdrawal": 2,
}
"""Every other kind of the programme has a share of 1."""

_UNSAID = {
    *("updated_at", "referral_code", "referred_by"),
    *("in_reply_to", "author_of_parent", "helper", "helped"),
}
"""From this other acts would be concluded, or that an order is told again."""
_FOLLOW = {"refund", "cancellation", "return"}


def even(customers: int) -> Draw:
    """Customers drawn uniformly."""
    return lambda chance: chance.randrange(customers)


def skewed(customers: int) -> Draw:
    """Customers drawn log-uniformly: a few do most."""
    return lambda chance: int(customers ** chance.random())


class Mix:
    """Acts in the order in which they arrive; the same ones for the same `seed` and `end`.

    Refunds, cancellations and returns follow the customer's latest order, withdrawals take back
    one of the latest acts; where there is none yet, the customer buys something.
    """

    def __init__(
        self, draw: Draw, *, seed: int = 1, end: datetime | None = None, span: timedelta = SPAN
    ) -> None:
        self._draw = draw
        self._chance = random.Random(seed)
        self._seed = seed
        self._end = end or datetime.now(UTC)
        self._span = span
        acts = programme().acts
        self._kinds = list(acts)
        self._weights = [SHARES.get(kind, 1) for kind in self._kinds]
        self._examples = {
            kind: {name: value for name, value in act.example.items() if name not in _UNSAID}
            for kind, act in acts.items()
        }
        self._examples["welcome"]["referred_by"] = "customer-of-another-shop"
        self._types = {kind: act.type for kind, act in acts.items()}
        self._orders: dict[int, tuple[str, str]] = {}
        self._told: dict[int, str] = {}

    def acts(self, count: int) -> Iterator[Event]:
        """CloudEvents of about 400 bytes in JSON, their times spread over the span before `end`."""
        for number in range(count):
            time = self._end - self._span + number * self._span / count
            if self._chance.random() < LATE:
                time -= self._chance.random() * LATEST * self._span
            yield self.act(f"{self._seed}-{number:012d}", self._draw(self._chance), time)

    def act(self, id: str, customer: int, time: datetime) -> Event:
        """One act of a customer."""
        (kind,) = self._chance.choices(self._kinds, self._weights)
        if (kind in _FOLLOW and customer not in self._orders) or (
            kind == "withdrawal" and customer not in self._told
        ):
            kind = "purchase"
        data = self._examples[kind] | self._particulars(kind, id, customer)
        if kind not in ("purchase", "withdrawal"):
            self._told[customer] = id
        return {
            "specversion": "1.0",
            "id": id,
            "source": "https://shop.example/acts",
            "type": self._types[kind],
            "subject": name(customer),
            "time": time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "datacontenttype": "application/json",
            "data": data,
        }

    def _particulars(self, kind: str, id: str, customer: int) -> Event:
        if kind == "purchase":
            total = f"{self._chance.randint(100, 20_000) / 100:.2f}"
            self._orders[customer] = (f"order-{id}", total)
            return {"order_id": f"order-{id}", "total": total}
        if kind in _FOLLOW:
            order, total = self._orders[customer]
            back = f"{float(total) * self._chance.choice((0.25, 0.5, 1)):.2f}"
            return {"order_id": order} | ({"total": back} if kind == "refund" else {})
        if kind == "withdrawal":
            return {"id": self._told.pop(customer), "source": "https://shop.example/acts"}
        if "thread_id" in self._examples[kind]:
            return {"thread_id": f"thread-{id}", "content_id": f"post-{id}"}
        if "order_id" in self._examples[kind]:
            order, _ = self._orders.get(customer, (f"order-{id}", ""))
            return {"order_id": f"renewal-{id}" if kind == "subscription_renewed" else order}
        return {}


def name(customer: int) -> str:
    """The id of a customer."""
    return f"customer-{customer:07d}"
