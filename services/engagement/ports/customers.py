"""Whom acts count for."""

from collections.abc import Sequence
from typing import Protocol

from services.engagement.domain.customer import CustomerRecord


class CustomerStore(Protocol):
    """Whom acts count for, with the ledger and the profiles that follow from it."""

    async def keep(self, records: Sequence[CustomerRecord]) -> None:
        """Take records in, in order; one that is no newer than what is known changes nothing.

        Acts of a customer who was erased are scored again from now on. What an id that was merged
        had done, and will do, counts for the other, in one transaction with what orders and
        withdrawals then make of each other; once it no longer is, as if it had never been. One
        that was merged into an erased customer is erased.
        """

    async def erase(self, customer: str, request: str) -> None:
        """Delete the profile, cut the ledger's entries from the customer, and score no more acts
        of theirs, nor of those who were merged into them. Entries keep their identity, so that no
        act counts again. Records that PeopleStore knew by then are old from now on.

        `request` tells requests apart: the same one again erases nothing that came since.
        """
