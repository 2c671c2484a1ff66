"""Who was erased, and has not come back."""

from collections.abc import Collection
from typing import Protocol


class Erased(Protocol):
    """Only a hash of each id is kept. All raise Unavailable."""

    async def mark(self, customers: Collection[str]) -> None:
        """They are being erased: what is heard of them from now on is not to be kept."""

    async def welcome(self, customers: Collection[str]) -> None:
        """They are known again."""

    async def among(self, customers: Collection[str]) -> frozenset[str]:
        """Those of these who were erased."""
