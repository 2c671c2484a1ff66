"""Scoring: acts and what is known of them become ledger entries.

Every result depends on the set of acts only, not on their order: whatever an order or an act is
worth once an act has arrived, less what it was worth before, is what that act earns.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from services.engagement.domain.act import Act
from services.engagement.domain.book import Book
from services.engagement.domain.formula import Formula
from services.engagement.domain.ledger import Change, Entry


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows of a batch.

    `entries` with the same keys and of the acts that are taken back; `order_entries` of all orders
    that the batch is about; `withdrawals` of its acts; `erased` customers; and for ids that were
    merged into another `survivors`, the customer that they count for.
    """

    entries: Mapping[str, Entry] = field(default_factory=dict)
    order_entries: Sequence[Entry] = ()
    withdrawals: Sequence[Entry] = ()
    erased: frozenset[str] = frozenset()
    survivors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scored:
    """New entries, in the order of the acts, and what they add to profiles, by customer."""

    entries: Sequence[Entry] = ()
    changes: Mapping[str, Change] = field(default_factory=dict)


def score(acts: Iterable[Act], known: Known, formula: Formula) -> Scored:
    """New entries for the acts that the ledger does not hold."""
    book = Book(formula, known.entries, known.order_entries, known.withdrawals)
    entries: list[Entry] = []
    for act in acts:
        customer = known.survivors.get(act.origin, act.origin)
        if act.key in book or act.origin in known.erased or customer in known.erased:
            continue
        entries.append(book.enter(act, customer))
    return Scored(entries, book.changes)
