"""An act as scoring sees it."""

from typing import Protocol

from msgspec import Struct

from shared.clock import from_epoch_ms
from shared.contracts.acts import PREFIX
from shared.contracts.engagement import ActRef
from shared.contracts.feedback import ANSWERED


class Money(Struct, frozen=True, gc=False):
    """Whole ten-thousandths of a currency's unit."""

    units: int
    currency: str


class Telling(Protocol):
    """What an act says about what happened, whether it just arrived or stands in the ledger.

    `key` is its identity, `origin` the customer it was told of, `kind` the short name (purchase,
    help, …), `time` ms since the epoch. `revision` (ms) says how new a telling of its order is,
    `cumulative` that the amount is all that was refunded so far, `withdraws` is the key of the act
    that it takes back. `margin` is what the shop earned, in ten-thousandths of the money's own
    currency; `rating` goes from 0 to 1, `kept_promise` says whether a delivery came in time,
    `segments` are those of the formula that the customer was in when the act arrived.
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
    @property
    def channel(self) -> str | None: ...
    @property
    def margin(self) -> int | None: ...
    @property
    def rating(self) -> float | None: ...
    @property
    def kept_promise(self) -> bool | None: ...
    @property
    def segments(self) -> tuple[str, ...]: ...


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
    channel: str | None = None
    margin: int | None = None
    rating: float | None = None
    kept_promise: bool | None = None
    segments: tuple[str, ...] = ()
    trace: str | None = None


def act_key(source: str, id: str) -> str:
    """An act is known by (source, id); a URI reference holds no space."""
    return f"{source} {id}"


def act_ref(telling: Telling) -> ActRef:
    """Which act a telling in the ledger is, as others know it; its time in UTC."""
    source, _, id = telling.key.partition(" ")
    kind = ANSWERED if telling.kind == "answer" else f"{PREFIX}{telling.kind}.v1"
    return ActRef(source=source, id=id, type=kind, time=from_epoch_ms(telling.time).isoformat())
