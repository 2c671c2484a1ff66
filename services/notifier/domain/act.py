"""An act as the notifier sees it."""

import hashlib
from dataclasses import dataclass

from shared.contracts.engagement import ActRef


@dataclass(frozen=True, slots=True)
class Act:
    """`kind` is the short name (purchase, help, …), `time` ms since the epoch, `data` the payload
    as JSON text; it is empty once nobody needs it any more, `customer` once they are erased.
    `note` is the score's, as long as it has not been decided about."""

    ref: ActRef
    customer: str
    kind: str
    time: int
    data: bytes = b""
    trace: str | None = None
    note: str | None = None

    @property
    def decision_id(self) -> str:
        """The id of the one decision about this act."""
        return decision_id(self.ref.source, self.ref.id)


def decision_id(source: str, act_id: str) -> str:
    """32 hex digits of the act's identity; a URI reference holds no space."""
    return hashlib.sha256(f"{source} {act_id}".encode()).hexdigest()[:32]
