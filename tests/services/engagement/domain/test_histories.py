"""Whatever order acts, merges and their undoing come in, the profiles are those of the rules."""

from collections.abc import Sequence
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from services.engagement.domain.act import Act
from services.engagement.domain.customer import CustomerRecord, redirected, touched
from services.engagement.domain.ledger import Change, Entry
from services.engagement.domain.merging import readdress, tally
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
)


class Ledger:
    """Entries and profiles, changed by the domain's own functions only."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.profiles: dict[str, Change] = {}
        self._merged_into: dict[str, str] = {}
        self._revisions: dict[str, int] = {}

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
        orders = wanted.orders(acts, survivors, map(found.get, targets), FORMULA)
        standings = {
            entry.customer: Standing(has_withdrawals=True)
            for entry in self.entries.values()
            if entry.withdraws
        }
        awaited = wanted.withdrawals(acts, survivors, standings, targets)
        known = Known(
            entries=found,
            order_entries=[e for e in self.entries.values() if e.order in orders],
            withdrawals=[e for e in self.entries.values() if e.withdraws in awaited],
            survivors=survivors,
        )
        scored = score(acts, known, FORMULA)
        self.entries |= {entry.key: entry for entry in scored.entries}
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
        moved = touched(before, after)
        entries = [entry for entry in self.entries.values() if entry.customer in moved]
        told = readdress(entries, after, FORMULA)
        self.entries |= {entry.key: entry for entry in told}
        for customer in moved:
            self.profiles.pop(customer, None)
        self.profiles |= tally(told, FORMULA)


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


@settings(max_examples=200, deadline=None)
@given(st.randoms(use_true_random=False))
def test_a_profile_is_what_its_entries_add_up_to(random: Random) -> None:
    ledger = Ledger()
    for step in make_history(random):
        ledger.take(step)
    counted = {entry.customer for entry in ledger.entries.values()}
    assert counted == ledger.profiles.keys()
    again = tally(ledger.entries.values(), FORMULA)
    for customer, change in ledger.profiles.items():
        assert {k: n for k, n in again[customer].acts.items() if n} == {
            k: n for k, n in change.acts.items() if n
        }
