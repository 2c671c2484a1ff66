"""Every store of engagement."""

from dataclasses import dataclass

from services.engagement.ports.customers import CustomerStore
from services.engagement.ports.scores import ScoreStore


@dataclass(frozen=True, slots=True)
class Stores:
    """The stores of one database."""

    scores: ScoreStore
    customers: CustomerStore
