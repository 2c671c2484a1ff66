"""An act as scoring sees it."""

from dataclasses import dataclass

from shared.contracts.engagement import ActRef


@dataclass(frozen=True, slots=True)
class Money:
    """Whole ten-thousandths of a currency's unit."""

    units: int
    currency: str


@dataclass(frozen=True, slots=True)
class Act:
    """`kind` is the short name (purchase, help, …), `time` ms since the epoch."""

    ref: ActRef
    customer: str
    kind: str
    time: int
    data: bytes
    order_id: str | None = None
    money: Money | None = None
    trace: str | None = None

    @property
    def key(self) -> str:
        """Identity in the ledger: (source, id); a URI reference holds no space."""
        return f"{self.ref.source} {self.ref.id}"

    @property
    def order_key(self) -> str | None:
        """An order is known by its customer and its id; neither holds a line break."""
        return None if self.order_id is None else f"{self.customer}\n{self.order_id}"
