"""Whatever order acts, merges and their undoing come in, the profiles are those of the rules."""

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.engagement.domain.act import Act
from services.engagement.domain.customer import CustomerRecord, redirected, touched
from services.engagement.domain.folding import fold
from services.engagement.domain.formula import Formula
from services.engagement.domain.ledger import Change, Entry
from services.engagement.domain.merging import readdress
from services.engagement.domain.profile import Profile
from services.engagement.domain.scoring import Known, score
from services.engagement.storage import wanted
from services.engagement.storage.standing import Standing, survivors_of
from tests.services.engagement.histories import (
    CUSTOMERS,
    FORMULA,
    Step,
    check,
    expected,
    make_history,
    make_limited_formula,
)


class Ledger:
    """Entries and profiles, changed by the domain's own functions only."""

    def __init__(self, formula: Formula = FORMULA) -> None:
        self.formula = formula
        self.entries: dict[str, Entry] = {}
        self.profiles: dict[str, Change] = {}
        self._merged_into: dict[str, str] = {}
        self._revisions: dict[str, int] = {}
        self.excluded: set[str] = set()

    def take(self, step: Step) -> None:
        if isinstance(step, CustomerRecord):
            self._redirect(step)
        else:
            self._score(step)

    def profile(self, customer: str) -> Profile | None:
        change = self.profiles.get(customer)
        if change is None:
            return None
        acts = {kind: n for kind, n in change.acts.items() if n}
        money = {code: (a, b) for code, (a, b) in change.money.items() if a or b}
        return Profile(customer, change.sums, acts, money, change.first, change.last)

    def _score(self, acts: Sequence[Act]) -> None:
        survivors = survivors_of(CUSTOMERS, self._merged_into)
        targets = [act.withdraws for act in acts if act.withdraws is not None]
        found = {
            key: self.entries[key] for key in wanted.keys(acts, targets) if key in self.entries
        }
        orders = wanted.orders(acts, survivors, map(found.get, targets), self.formula)
        standings = {
            entry.customer: Standing(has_withdrawals=True)
            for entry in self.entries.values()
            if entry.withdraws
        }
        awaited = wanted.withdrawals(acts, survivors, standings, targets)
        profiles = {
            customer: Profile(customer, first=c.first) for customer, c in self.profiles.items()
        }
        tracks = wanted.tracks(acts, survivors, map(found.get, targets), profiles, self.formula)
        known = Known(
            entries=found,
            profiles=profiles,
            track_entries=[
                e
                for e in self.entries.values()
                if e.track is not None and e.time >= tracks.get(e.track, 2**62)
            ],
            order_entries=[e for e in self.entries.values() if e.order in orders],
            withdrawals=[e for e in self.entries.values() if e.withdraws in awaited],
            survivors=survivors,
            excluded=frozenset(self.excluded),
        )
        scored = score(acts, known, self.formula, rules=None, now=0)
        self.entries |= {entry.key: entry for entry in (*scored.rewritten, *scored.entries)}
        for customer, change in scored.changes.items():
            self._add(customer, change)

    def _add(self, customer: str, change: Change) -> None:
        profile = self.profiles.setdefault(customer, Change())
        for dimension, weight in change.sums.items():
            profile.sums[dimension] = profile.sums.get(dimension, 0.0) + weight
        for kind, times in change.acts.items():
            profile.count(kind, times)
        for currency, (gross, refunded) in change.money.items():
            profile.pay(currency, gross, refunded)
        profile.first = min(profile.first, change.first)
        profile.last = max(profile.last, change.last)

    def _redirect(self, record: CustomerRecord) -> None:
        if self._revisions.get(record.customer, -1) >= record.revision:
            return
        self._revisions[record.customer] = record.revision
        before, after = self._merged_into, dict(redirected(record, self._merged_into))
        self._merged_into = after
        moved = touched(before, after, record, record.customer in self.excluded)
        self.excluded.discard(record.customer)
        if record.excluded is not None:
            self.excluded.add(record.customer)
        entries = [entry for entry in self.entries.values() if entry.customer in moved]
        told = readdress(entries, after, self.formula, excluded=self.excluded)
        self.entries |= {entry.key: entry for entry in told.entries}
        for customer in moved:
            self.profiles.pop(customer, None)
        self.profiles |= told.changes


@settings(max_examples=400, deadline=None)
@given(st.randoms(use_true_random=False))
def test_profiles_are_what_the_set_of_acts_and_redirects_says(random: Random) -> None:
    steps = make_history(random)
    ledger = Ledger()
    for step in steps:
        ledger.take(step)
    profiles = expected(steps)
    for customer in CUSTOMERS:
        check(ledger.profile(customer), profiles.get(customer))


@settings(max_examples=800, deadline=None)
@given(st.randoms(use_true_random=False))
def test_limited_profiles_are_what_the_set_of_acts_and_redirects_says(random: Random) -> None:
    formula = make_limited_formula(random)
    steps = make_history(random, limited=True)
    ledger = Ledger(formula)
    for step in steps:
        ledger.take(step)
    profiles = expected(steps, formula)
    for customer in CUSTOMERS:
        check(ledger.profile(customer), profiles.get(customer), formula)


@settings(max_examples=400, deadline=None)
@given(st.randoms(use_true_random=False))
def test_limits_and_links_are_what_a_fold_from_scratch_says(random: Random) -> None:
    """The ledger as it grew says of each act what it says when all acts are known at once."""
    ledger = Ledger(make_limited_formula(random))
    for step in make_history(random, limited=True):
        ledger.take(step)
    again = fold(
        ledger.entries.values(),
        ledger.formula,
        lambda one: ledger.entries[one.key].customer,
        ledger.excluded,
    )
    assert again.changes.keys() == ledger.profiles.keys()
    for customer, change in ledger.profiles.items():
        fresh = again.changes[customer]
        assert _counted(fresh) == _counted(change)
        for cell in ledger.formula.decays:
            assert change.sums.get(cell, 0.0) == pytest.approx(
                fresh.sums.get(cell, 0.0), rel=1e-9, abs=1e-9
            )
        told = sum(e.weight for e in ledger.entries.values() if e.customer == customer)
        points = (total for cell, total in change.sums.items() if not cell.startswith("link:"))
        assert told == pytest.approx(sum(points), rel=1e-9, abs=1e-9)
    for entry in again.entries:
        if entry.order is None and entry.withdraws is None:
            assert ledger.entries[entry.key].points == pytest.approx(entry.points, abs=1e-9)


def _counted(change: Change) -> object:
    acts = {kind: n for kind, n in change.acts.items() if n}
    money = {code: tuple(sums) for code, sums in change.money.items() if any(sums)}
    return acts, money, change.first, change.last
