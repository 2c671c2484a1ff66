"""Histories to import, and what they must come to, reckoned without any of Requite's code."""

import csv
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.servers.service import PROJECT

REAL_FILE = PROJECT.parent / "shared" / "data" / "purchases" / "online_retail_dev.csv"

LANDMARK = datetime(2025, 1, 1, tzinfo=UTC)
HALF_LIFE = timedelta(days=180)
POINTS_PER = Decimal(10)
IN_EUR = {"EUR": Decimal(1), "GBP": Decimal("1.17")}
"""The shipped programme: one point for each 10 EUR, half as much after 180 days."""


@dataclass(frozen=True, slots=True)
class Order:
    """An order with what of it went back, or money that went back without one (total 0)."""

    id: str
    customer: str
    time: datetime
    total: Decimal
    currency: str
    refunded: Decimal = Decimal(0)

    @property
    def acts(self) -> int:
        """A purchase, a refund, or both."""
        return bool(self.total) + bool(self.refunded)


@dataclass(slots=True)
class Standing:
    """What a customer's acts add up to. `commerce` is as of LANDMARK; `weight` is the sum of what
    was added and taken away, which bounds the error of adding floats in another order."""

    acts: int = 0
    gross: Decimal = Decimal(0)
    refunded: Decimal = Decimal(0)
    commerce: float = 0.0
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class History:
    """A file with the mapping for it, and the orders in it."""

    file: Path
    mapping: str
    orders: Sequence[Order]
    standings: Mapping[str, Standing] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "standings", _add_up(self.orders))

    @property
    def acts(self) -> int:
        """How many acts it comes to."""
        return sum(order.acts for order in self.orders)

    @property
    def purchases(self) -> int:
        """How many of them are purchases."""
        return sum(bool(order.total) for order in self.orders)


def real_history() -> History:
    """A year of a gift shop's invoice lines."""
    lines: dict[str, list[dict[str, str]]] = defaultdict(list)
    with REAL_FILE.open(encoding="utf-8-sig", newline="") as file:
        for line in csv.DictReader(file):
            if line["CustomerID"]:
                lines[line["InvoiceNo"]].append(line)
    return History(REAL_FILE, "online-retail", [_invoice(*one) for one in lines.items()])


def made_up_history(file: Path, rng: random.Random, *, orders: int, customers: int) -> History:
    """A shop's last days, written to `file`; of one order in three, some or all went back."""
    end = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    made: list[Order] = []
    for number in range(orders):
        cents = rng.randint(1, 50_000)
        made.append(
            Order(
                id=f"made-{number}",
                customer=f"c-{rng.randrange(customers)}",
                time=end - timedelta(seconds=rng.randrange(86_400)),
                total=Decimal(cents) / 100,
                currency=rng.choice(["EUR", "GBP"]),
                refunded=Decimal(rng.randint(1, cents) if rng.random() < 1 / 3 else 0) / 100,
            )
        )
    with file.open("w", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(["order_id", "ordered_at", "customer_id", "total", "currency", "refunded"])
        for one in made:
            row = (one.id, one.time.isoformat(), one.customer, one.total, one.currency)
            writer.writerow([*row, one.refunded or ""])
    return History(file, "orders-csv", made)


def shuffled(source: Path, target: Path, rng: random.Random) -> Path:
    """The same lines in another sequence."""
    header, *lines = source.read_text("utf-8-sig").splitlines(keepends=True)
    rng.shuffle(lines)
    target.write_text(header + "".join(lines), "utf-8")
    return target


def _invoice(number: str, lines: Sequence[Mapping[str, str]]) -> Order:
    total = sum((Decimal(one["Quantity"]) * Decimal(one["UnitPrice"]) for one in lines), Decimal(0))
    first = min(datetime.fromisoformat(one["InvoiceDate"]) for one in lines)
    return Order(
        id=number,
        customer=lines[0]["CustomerID"],
        time=first.replace(tzinfo=ZoneInfo("Europe/London")),
        total=max(total, Decimal(0)),
        currency="GBP",
        refunded=max(-total, Decimal(0)),
    )


def _add_up(orders: Iterable[Order]) -> dict[str, Standing]:
    standings: dict[str, Standing] = defaultdict(Standing)
    for order in orders:
        earned, taken = (
            _points(amount, order.currency) * _growth(order.time)
            for amount in (order.total, order.refunded)
        )
        standing = standings[order.customer]
        standing.acts += order.acts
        standing.gross += order.total
        standing.refunded += order.refunded
        standing.commerce += earned - taken
        standing.weight += earned + taken
    return dict(standings)


def _points(amount: Decimal, currency: str) -> float:
    """Amounts count to a hundredth of a cent."""
    in_eur = (amount * IN_EUR[currency]).quantize(Decimal("0.0001"), ROUND_HALF_EVEN)
    return float(in_eur / POINTS_PER)


def _growth(time: datetime) -> float:
    return float(2 ** ((time - LANDMARK) / HALF_LIFE))
