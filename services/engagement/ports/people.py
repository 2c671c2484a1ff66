"""Who customers are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.engagement.domain.person import Person


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """What requite.customers.v1 says of who a customer is; a higher `revision` is newer.

    `person` is None for an id that was merged into another, which has no identity of its own.
    """

    customer: str
    revision: int
    person: Person | None


@dataclass(frozen=True, slots=True)
class WordPlace:
    """A place in the list of all words of names, in order of word, then customer."""

    word: str
    customer: str


@dataclass(frozen=True, slots=True)
class FoundByName:
    """Customers, each once, at the word that they were found by; `after` is where to go on, None at
    the end."""

    places: Sequence[WordPlace]
    after: WordPlace | None


class PeopleStore(Protocol):
    """A copy of the personal data that is on requite.customers.v1."""

    async def keep(self, records: Sequence[PersonRecord]) -> None:
        """Take records in; one that is no newer than what is known, or was when the customer was
        erased, changes nothing."""

    async def forget(self, customers: Sequence[str]) -> None:
        """Nothing of these customers is left; a record that comes later is kept again."""

    async def of(self, customers: Sequence[str]) -> Mapping[str, Person]:
        """Who those of these customers are of whom there is a record, and who were not merged."""

    async def by_alias(self, alias: str) -> Sequence[str]:
        """The customers who have this alias, which should be one, in order."""

    async def by_name(
        self, prefixes: Sequence[str], after: WordPlace | None, most: int
    ) -> FoundByName:
        """Customers of whose name each of `prefixes` (`name_words` of what is looked for, at least
        one) begins some word. Looks at `most` words at most, so there may be more behind a short
        or empty page."""

    async def with_leaderboard_name(self, after: str, most: int) -> Sequence[Person]:
        """At most `most` people who have one, in the order of their customers' ids, from behind
        `after`."""
