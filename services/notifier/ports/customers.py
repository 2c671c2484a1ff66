"""Customers as the notifier keeps them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.notifier.domain.consent import Consent
from services.notifier.domain.customer import Customer, Record, Standing
from services.notifier.domain.marks import Mark
from services.notifier.domain.preferences import Preferences
from shared.contracts.messages import Preferred


@dataclass(frozen=True, slots=True)
class CaseChange:
    """A case of a customer was opened, or closed."""

    customer: str
    case_id: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Told:
    """What requite.customers.v1 says of `customer`; with `merged_into` no more than that."""

    customer: str
    record: Record
    consents: tuple[Consent, ...] = ()
    merged_into: str | None = None


@dataclass(frozen=True, slots=True)
class Untold:
    """What `customer` said with the preferences of this `revision`; others have yet to be told."""

    customer: str
    revision: int
    told: Preferred


class CustomerStore(Protocol):
    """A local copy of customers, keyed by a hash, so that an erased id is stored nowhere.

    Whatever is kept of a merged customer stays under the id that it was told of; what is read
    of one id is of all who stand for the same person.
    """

    async def customers(self, ids: Sequence[str]) -> Mapping[str, Customer]:
        """Who each of `ids` stands for now: the survivor's record, standing and preferences (the
        stricter ones), with the cases, marks, consents, charges and firsts of all who stand for the
        same. A Customer without record where nothing is known. Only `ids` themselves are
        `erased`. `suppressed` is left empty."""

    async def erased(self, ids: Collection[str]) -> Collection[str]:
        """Those of `ids` who were erased themselves."""

    async def survivors(self, ids: Collection[str]) -> Mapping[str, str]:
        """Which id each of `ids` stands for now: its own for all who were not merged."""

    async def put(self, told: Sequence[Told]) -> None:
        """Keep each record that has a higher revision than what stands, or whose copy was erased;
        consents are added to those that stand, and never removed. Each customer at most once."""

    async def change_cases(self, changes: Sequence[CaseChange]) -> None:
        """Open and close cases, in the order given."""

    async def mark(self, marks: Mapping[str, Sequence[Mark]]) -> None:
        """Join marks, by customer, with those that stand (`marks.joined`)."""

    async def stand(self, standings: Mapping[str, Standing]) -> None:
        """Keep each standing that is not older than the one before."""

    async def prefer(
        self,
        customer: str,
        preferences: Preferences,
        consents: Sequence[Consent],
        told: Preferred,
    ) -> bool:
        """Keep preferences, one revision above those that stand, together with what was agreed to
        or withdrawn, and the wish to tell others of; the customer is one who stands for themself.
        False, and nothing is kept, if another revision stands (the given one must be the standing
        one's plus 1) or the customer was erased."""

    async def untold(self, most: int) -> Sequence[Untold]:
        """Wishes that others have not been told of; none of those who were erased."""

    async def were_told(self, untold: Sequence[Untold]) -> None:
        """Others know of these."""

    async def erase(self, customer: str) -> None:
        """Keep no more than that somebody of this hash was erased, then cut decisions from the
        customer, suppress those that are held, and mark messages as erased. Repeatable."""

    async def with_address(self, digest: str) -> Sequence[str]:
        """The ids of those who have the address with this digest (of a channel's address)."""

    async def ping(self) -> None:
        """Raise Unavailable if the store can't be reached."""
