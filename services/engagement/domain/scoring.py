"""Scoring: acts and what is known of them become ledger entries.

Every result depends on the set of acts only, not on their order: whatever an order or an act is
worth once an act has arrived, less what it was worth before, is what that act earns; and an act
that limits leave less of, since an earlier one came late, says so from then on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from services.engagement.domain.act import Act
from services.engagement.domain.formula import Formula
from services.engagement.domain.journal import Journal
from services.engagement.domain.ledger import Change, Entry
from services.engagement.domain.moments import Observed, Observer, Rules
from services.engagement.domain.profile import Profile
from services.engagement.domain.watch import Watch


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows of a batch.

    `entries` with the same keys and of the acts that are taken back; `order_entries` of all orders
    that the batch is about; `track_entries` that limit its acts; `withdrawals` of its acts and of
    those; `profiles` of its customers; `excluded` and `erased` customers; for ids that were merged
    into another `survivors`, the customer that they count for.
    """

    entries: Mapping[str, Entry] = field(default_factory=dict)
    order_entries: Sequence[Entry] = ()
    track_entries: Sequence[Entry] = ()
    withdrawals: Sequence[Entry] = ()
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    excluded: frozenset[str] = frozenset()
    erased: frozenset[str] = frozenset()
    survivors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scored:
    """New entries in the order of the acts, older ones that earn something else now; what both add
    to profiles, what is observed of them, and what was `noticed` that had not been, by customer."""

    entries: Sequence[Entry] = ()
    rewritten: Sequence[Entry] = ()
    changes: Mapping[str, Change] = field(default_factory=dict)
    observed: Mapping[str, Observed] = field(default_factory=dict)
    noticed: Mapping[str, Watch] = field(default_factory=dict)


def score(
    acts: Iterable[Act],
    known: Known,
    formula: Formula,
    *,
    rules: Rules | None = None,
    now: int = 0,
) -> Scored:
    """New entries for the acts that the ledger does not hold, scored at `now` (ms); without `rules`
    nothing is noticed."""
    journal = Journal(
        formula,
        known.entries,
        known.order_entries,
        known.withdrawals,
        known.track_entries,
        {customer: profile.first for customer, profile in known.profiles.items()},
        known.excluded,
    )
    for act in acts:
        customer = known.survivors.get(act.origin, act.origin)
        if act.key in journal or act.origin in known.erased or customer in known.erased:
            continue
        journal.enter(act, customer)
    entries = list(journal.entered.values())
    observed: dict[str, Observed] = {}
    noticed: dict[str, Watch] = {}
    if rules is not None:
        observer = Observer(formula, rules, now)
        entries_of: dict[str, list[Entry]] = {}
        for entry in entries:
            entries_of.setdefault(entry.customer, []).append(entry)
        for customer, its in entries_of.items():
            if customer not in known.excluded:
                before, change = known.profiles.get(customer), journal.changes[customer]
                seen = observer.observe(before, change, its)
                if seen.moments or seen.history:
                    observed[customer] = seen
                if before is None or seen.watch is not before.watch:
                    noticed[customer] = seen.watch
    return Scored(entries, list(journal.rewritten.values()), journal.changes, observed, noticed)
