"""A profile from the set of what was told: the same whatever the order in which it arrived."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from services.engagement.domain.act import Telling
from services.engagement.domain.formula import Formula
from services.engagement.domain.journal import Journal
from services.engagement.domain.ledger import Change, Entry


@dataclass(frozen=True, slots=True)
class Folded:
    """Entries in the order of time, and what they add up to, by customer."""

    entries: list[Entry]
    changes: Mapping[str, Change]


def fold(
    tellings: Iterable[Telling],
    formula: Formula,
    customer_of: Callable[[Telling], str],
    excluded: Collection[str] = (),
) -> Folded:
    """All tellings of some customers entered in a new journal, each for whom `customer_of` says."""
    journal = Journal(formula, {}, excluded=excluded)
    for telling in sorted(tellings, key=_place):
        journal.enter(telling, customer_of(telling))
    return Folded(sorted(journal.entered.values(), key=_place), journal.changes)


def _place(telling: Telling) -> tuple[bool, int, str]:
    # Withdrawals last, so that they find their acts.
    return (telling.withdraws is not None, telling.time, telling.key)
