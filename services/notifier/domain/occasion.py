"""What may be worth a message: an act, a moment, or a request by the shop."""

import hashlib
from dataclasses import dataclass

from shared.contracts.engagement import ActRef


@dataclass(frozen=True, slots=True)
class Occasion:
    """`kind` is an act's short name (purchase, help, …), a moment with its name such as
    `level_reached.friend`, or `request.<rule>`; `time` ms since the epoch, `data` the payload as
    JSON text: the act's own, or of a moment `{"kind": …, "name": …, "number": …}`. It is empty
    once nobody needs it any more, `customer` once they are erased. `note` is the score's, as long
    as it has not been decided about. `order` is the order that it tells of, if it does.
    """

    ref: ActRef
    customer: str
    kind: str
    time: int
    data: bytes = b""
    trace: str | None = None
    note: str | None = None
    order: str | None = None

    @property
    def decision_id(self) -> str:
        """The id of the one decision about this."""
        return decision_id(self.ref.source, self.ref.id)

    @property
    def kinds(self) -> tuple[str, ...]:
        """What rules may call it, the most special name first."""
        general, dot, _ = self.kind.partition(".")
        return (self.kind, general) if dot and general != "request" else (self.kind,)


def decision_id(source: str, id: str) -> str:
    """32 hex digits of an occasion's identity; a URI reference holds no space."""
    return hashlib.sha256(f"{source} {id}".encode()).hexdigest()[:32]
