"""An act as scoring sees it."""

from typing import Protocol

from msgspec import Struct

from shared.contracts.engagement import ActRef


class Money(Struct, frozen=True, gc=False):
    """Whole ten-thousandths of a currency's unit."""

    units: int
    currency: str


class Telling(Protocol):
    """What an act says about what happened, whether it just arrived or stands in the ledger.

    `key` is its identity, `origin` the customer it was told of, `kind` the short name (purchase,
    help, …), `time` ms since the epoch. `revision` (ms) says how new a telling of its order is,
    `cumulative` that the amount is all that was refunded so far, `withdraws` is the key of the act
    that it takes back.
    """

    @property
    def key(self) -> str: ...
    @property
    def origin(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def time(self) -> int: ...
    @property
    def order_id(self) -> str | None: ...
    @property
    def money(self) -> Money | None: ...
    @property
    def revision(self) -> int | None: ...
    @property
    def cumulative(self) -> bool: ...
    @property
    def withdraws(self) -> str | None: ...


class Act(Struct, frozen=True, gc=False, kw_only=True):
    """A Telling that arrived, with what others are told about it. `key` is from `act_key`."""

    ref: ActRef
    key: str
    origin: str
    kind: str
    time: int
    data: bytes
    order_id: str | None = None
    money: Money | None = None
    revision: int | None = None
    cumulative: bool = False
    withdraws: str | None = None
    trace: str | None = None


def act_key(source: str, id: str) -> str:
    """An act is known by (source, id); a URI reference holds no space."""
    return f"{source} {id}"
