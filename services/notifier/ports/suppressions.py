"""Addresses that are never written to again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from services.notifier.ports.decisions import Position

Cause = Literal["hard_bounce", "complaint", "erased", "manual"]


@dataclass(frozen=True, slots=True)
class Suppression:
    """`digest` stands for the address (64 hex digits, keyed, so that nobody can try addresses
    out); `since` ms; `message` is the one that came back, `code` what the server said."""

    digest: str
    cause: Cause
    since: int
    message: str | None = None
    code: str | None = None


class SuppressionStore(Protocol):
    """One entry an address."""

    async def among(self, digests: Collection[str]) -> Mapping[str, Suppression]:
        """Those of these addresses that are suppressed."""

    async def add(self, suppressions: Sequence[Suppression]) -> None:
        """Keep each; of two for one address the earlier stays."""

    async def remove(self, digest: str) -> bool:
        """Use the address again; False if it was not suppressed."""

    async def page(self, limit: int, after: Position | None) -> Sequence[Suppression]:
        """The newest first; a position has `since` and `digest`."""
