"""The journal that acts are entered in one by one; each earns the difference that it makes."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

import msgspec

from services.engagement.domain import ledger
from services.engagement.domain.account import Account, first_purchase, open_accounts
from services.engagement.domain.act import Telling
from services.engagement.domain.earning import amount_of, bar_of, plain_links, plain_money
from services.engagement.domain.formula import Formula, Rule
from services.engagement.domain.ledger import Change, Entry, order_key, track_key
from services.engagement.domain.limits import Claim, Limits, Track
from services.engagement.domain.notes import note_on_order

_NEVER = 2**62


class Journal:
    """`changes` has what has been entered adds to profiles, by customer; `entered` the new entries
    by key, `rewritten` those of the ledger that earn something else now.

    It is given what the ledger holds: `entries` of the acts themselves and of those that are taken
    back, whole orders, withdrawals of the acts, and of each track what `Limits.reach_back` says;
    `firsts` is when each customer's first act was (ms).
    """

    def __init__(
        self,
        formula: Formula,
        entries: Mapping[str, Entry],
        order_entries: Iterable[Entry] = (),
        withdrawals: Iterable[Entry] = (),
        track_entries: Iterable[Entry] = (),
        firsts: Mapping[str, int] | None = None,
        excluded: Collection[str] = (),
    ) -> None:
        self.changes: dict[str, Change] = {}
        self.entered: dict[str, Entry] = {}
        self.rewritten: dict[str, Entry] = {}
        self._formula = formula
        self._first_cell = next(iter(formula.decays))
        self._excluded = excluded
        self._idle = _idle(formula) if excluded else formula
        self._aged = formula.aged
        self._entries = dict(entries)
        self._firsts = dict(firsts or {})
        self._fresh: dict[str, dict[str, Entry]] = defaultdict(dict)
        self._withdrawals: dict[str, list[Entry]] = {}
        for entry in withdrawals:
            self._withdrawals.setdefault(entry.withdraws or "", []).append(entry)
        of_orders = {entry.key: entry for entry in order_entries}
        self._of_tracks: dict[str, list[Entry]] = defaultdict(list)
        for entry in track_entries:
            if entry.order is None:
                self._of_tracks[entry.track or ""].append(entry)
            else:
                of_orders[entry.key] = entry
            self._entries.setdefault(entry.key, entry)
        self._entries |= of_orders
        self._accounts = open_accounts(of_orders.values(), self._formula_for)
        self._accounts_of: dict[str, list[Account]] = defaultdict(list)
        for (order, _), account in self._accounts.items():
            self._accounts_of[ledger.customer_of(order)].append(account)
        self._tracks: dict[str, Track] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def enter(self, telling: Telling, customer: str) -> Entry:
        """The entry of what was told, which counts for `customer`."""
        if telling.time < self._firsts.get(customer, _NEVER):
            self._know_since(customer, telling.time)
            self._firsts[customer] = telling.time
        if telling.withdraws is not None:
            return self._withdraw(telling, customer, telling.withdraws)
        formula = self._formula_for(customer)
        earning = formula.orders.get(telling.kind)
        order = None
        if earning is not None and telling.order_id is not None:
            order = order_key(customer, telling.order_id)
        if self._withdrawals and self._awaited(telling.key, customer):
            return self._write(telling, customer, note=ledger.WITHDRAWN, order=order)
        if order is None or earning is None:
            return self._act(telling, customer, formula)
        rule = formula.rules.get(earning)
        plain = telling.kind == earning and (rule is None or rule.limits is None)
        if plain and not self._is_known(order, earning):
            # Nearly always so, and then it earns what it would without being an order's.
            entry = self._fresh[earning][order] = self._act(telling, customer, formula, order)
            return entry
        return self._tell_order(telling, customer, order, earning)

    def _formula_for(self, customer: str) -> Formula:
        return self._idle if customer in self._excluded else self._formula

    def _is_known(self, order: str, earning: str) -> bool:
        accounts = self._accounts
        return order in self._fresh[earning] or bool(accounts and (order, earning) in accounts)

    def _account(self, customer: str, order: str, earning: str) -> Account:
        at = (order, earning)
        account = self._accounts.get(at)
        if account is None:
            formula = self._formula_for(customer)
            first = self._fresh[earning].pop(order, None)
            self._accounts |= open_accounts(() if first is None else (first,), self._formula_for)
            account = self._accounts.setdefault(at, Account(order, earning, formula))
        return account

    def _awaited(self, key: str, customer: str) -> bool:
        return any(entry.customer == customer for entry in self._withdrawals.get(key, ()))

    # What acts of one kind make of each other.

    def _know_since(self, customer: str, first: int) -> None:
        for kind in self._aged:
            limits = self._formula.limits_of(kind)
            if limits is not None and customer not in self._excluded:
                self._rewrite(kind, self._track(customer, kind, limits).know_since(first))

    def _track(self, customer: str, kind: str, limits: Limits) -> Track:
        key = track_key(customer, kind)
        track = self._tracks.get(key)
        if track is None:
            track = self._tracks[key] = Track(limits, self._firsts.get(customer, _NEVER))
            rule = self._formula.rules[kind]
            for entry in self._of_tracks.get(key, ()):
                if entry.note != ledger.WITHDRAWN and entry.withdraws is None:
                    amount, _ = amount_of(entry, self._formula)
                    bar = bar_of(entry, rule)
                    track.hold(Claim(entry.time, entry.key, amount, bar, entry.points, entry.note))
            for account in self._accounts_of.get(customer, ()):
                claim = account.claim() if account.earning == kind else None
                if claim is not None:
                    track.hold(claim)
        return track

    def _rewrite(self, kind: str, claims: Iterable[Claim]) -> None:
        """Let the entries of claims that others have changed say what they earn now."""
        for claim in claims:
            account = self._accounts.get((claim.key, kind))
            if account is None:
                self._replace(self._entries[claim.key], claim.credit, claim.note)
                continue
            account.credit = claim.credit
            told = first_purchase(account.order)
            missing, since = account.difference(claim.time)
            if told is not None and missing:
                entry = self._entries[told.key]
                decay = self._formula.decays[entry.cell]
                more = decay.aged(missing, since, entry.counts_from)
                account.earn(more, entry.counts_from)
                self._replace(entry, entry.points + more, entry.note or claim.note)

    def _replace(self, entry: Entry, points: float, note: str | None) -> Entry:
        decay = self._formula.decays[entry.cell]
        weight = decay.to_landmark(points, entry.counts_from) if points else 0.0
        self._change(entry.customer).add(entry.cell, weight - entry.weight)
        new = msgspec.structs.replace(entry, points=points, weight=weight, note=note)
        self._entries[entry.key] = new
        (self.entered if entry.key in self.entered else self.rewritten)[entry.key] = new
        return new

    # Orders.

    def _tell_order(self, telling: Telling, customer: str, order: str, earning: str) -> Entry:
        account = self._account(customer, order, earning)
        counting, was_void = account.order.counting, account.order.is_void
        before = account.worth
        reverses = telling.kind != earning
        limits = account.rule.limits if account.rule else None
        track = None if limits is None else self._track(customer, earning, limits)
        account.order.add(telling, reverses=reverses)
        after = account.assess()
        cut = None if track is None else self._claim(account, track)
        points, counts_from = account.difference(telling.time)
        note = note_on_order(telling, account.order, counting, was_void, before, after)
        if note is None or note == ledger.REFUNDED_BEFORE:
            note = self._why_order(telling, account, customer) or note or cut
        entry = self._write(
            telling,
            customer,
            account.cell,
            points,
            counts_from,
            note=note,
            order=order,
            track=None if track is None else track_key(customer, earning),
        )
        account.earn(points, entry.counts_from)
        change = self.changes[customer]
        if reverses:
            change.count(telling.kind, 1)
        self._add_experience(change, entry, 1)
        account.add_difference(before, change)
        return entry

    def _claim(self, account: Account, track: Track) -> str | None:
        """Let the limits have their say; returns the note on what they cut."""
        claim = account.claim()
        changed = track.drop(account.key) if claim is None else track.put(claim)
        account.credit = 0.0 if claim is None else claim.credit
        self._rewrite(account.earning, [one for one in changed if one is not claim])
        return None if claim is None else claim.note

    def _why_order(self, telling: Telling, account: Account, customer: str) -> str | None:
        rule, money = account.rule, telling.money
        if customer in self._excluded:
            return ledger.EXCLUDED
        if rule is None:
            return ledger.NO_RULE
        if money is not None and rule.rate and money.currency not in self._formula.exchange:
            return ledger.NO_EXCHANGE_RATE
        return account.bar if telling.kind == account.earning else None

    # Acts that are alone.

    def _act(
        self, telling: Telling, customer: str, formula: Formula, order: str | None = None
    ) -> Entry:
        rule = formula.rules.get(telling.kind)
        points, note = amount_of(telling, formula)
        track = None
        if rule is not None and rule.limits is not None:
            track = track_key(customer, telling.kind)
            points, note = self._limited(telling, customer, rule, rule.limits, points, note)
        elif rule is not None and rule.only is not None and (bar := bar_of(telling, rule)):
            points, note = 0.0, bar
        if formula is not self._formula:
            note = ledger.EXCLUDED
        cell = self._first_cell if rule is None else rule.cell
        entry = self._write(
            telling, customer, cell, points, telling.time, note=note, order=order, track=track
        )
        self._count(self.changes[customer], entry, 1)
        return entry

    def _limited(
        self,
        telling: Telling,
        customer: str,
        rule: Rule,
        limits: Limits,
        amount: float,
        note: str | None,
    ) -> tuple[float, str | None]:
        track = self._track(customer, telling.kind, limits)
        claim = Claim(telling.time, telling.key, amount, bar_of(telling, rule))
        self._rewrite(telling.kind, [one for one in track.put(claim) if one is not claim])
        return claim.credit, claim.note or note

    def _count(self, change: Change, entry: Entry, times: int) -> None:
        """Add what an act that is alone adds besides points, or take it away."""
        formula = self._formula_for(entry.customer)
        change.count(entry.kind, times)
        if entry.money is not None:
            gross, refunded = plain_money(entry, formula)
            change.pay(entry.money.currency, times * gross, times * refunded)
        if formula.links is not None:
            if entry.money is not None or entry.kind in formula.orders:
                self._add(change, plain_links(entry, formula), entry.time, times)
            self._add_experience(change, entry, times)

    def _add_experience(self, change: Change, entry: Entry, times: int) -> None:
        rules = self._formula_for(entry.customer).links
        if rules is not None and (entry.rating is not None or entry.kind in rules.conduct):
            self._add(change, rules.of_experience(entry), entry.time, times)

    def _add(
        self, change: Change, parts: Iterable[tuple[str, float]], time: int, times: int
    ) -> None:
        for cell, amount in parts:
            if amount:
                change.add(cell, times * self._formula.decays[cell].to_landmark(amount, time))

    # Withdrawals.

    def _withdraw(self, telling: Telling, customer: str, key: str) -> Entry:
        act = self._entries.get(key)
        note = self._hindrance(act, customer)
        if act is None or note is not None:
            entry = self._write(telling, customer, note=note)
        elif act.order is not None and act.kind in self._formula.orders:
            entry = self._untell_order(telling, act, act.order)
        else:
            entry = self._untell(telling, act)
        self._withdrawals.setdefault(key, []).append(entry)
        return entry

    def _hindrance(self, act: Entry | None, customer: str) -> str | None:
        if act is None:
            return ledger.WITHDRAWAL_WAITS
        if act.withdraws is not None:
            return ledger.NEVER_WITHDRAWN
        if act.customer != customer:
            return ledger.ACT_OF_ANOTHER
        return ledger.WITHDRAWN_BEFORE if act.note == ledger.WITHDRAWN else None

    def _untell(self, telling: Telling, act: Entry) -> Entry:
        entry = self._write(telling, act.customer, act.cell, track=act.track)
        self._count(self.changes[act.customer], act, -1)
        self._replace(act, 0.0, ledger.WITHDRAWN)
        limits = self._formula_for(act.customer).limits_of(act.kind)
        if limits is not None:
            track = self._track(act.customer, act.kind, limits)
            self._rewrite(act.kind, track.drop(act.key))
        return entry

    def _untell_order(self, telling: Telling, act: Entry, order: str) -> Entry:
        earning = self._formula.orders[act.kind]
        account = self._account(act.customer, order, earning)
        limits = account.rule.limits if account.rule else None
        track = None if limits is None else self._track(act.customer, earning, limits)
        before = account.worth
        account.order.remove(act.key)
        account.assess()
        if track is not None:
            self._claim(account, track)
        points, counts_from = account.difference(act.time)
        entry = self._write(
            telling, act.customer, account.cell, points, counts_from, order=order, track=act.track
        )
        account.earn(points, entry.counts_from)
        change = self.changes[act.customer]
        act = self._entries[act.key]
        self._replace(act, act.points, ledger.WITHDRAWN)
        if act.kind != account.earning:
            change.count(act.kind, -1)
        self._add_experience(change, act, -1)
        account.add_difference(before, change)
        return entry

    def _change(self, customer: str) -> Change:
        change = self.changes.get(customer)
        if change is None:
            change = self.changes[customer] = Change()
        return change

    def _write(
        self,
        telling: Telling,
        customer: str,
        cell: str | None = None,
        points: float = 0.0,
        counts_from: int = 0,
        *,
        note: str | None = None,
        order: str | None = None,
        track: str | None = None,
    ) -> Entry:
        cell = cell or self._first_cell
        if not points:
            counts_from = telling.time
        entry = Entry(
            key=telling.key,
            customer=customer,
            origin=telling.origin,
            kind=telling.kind,
            time=telling.time,
            cell=cell,
            points=points,
            counts_from=counts_from,
            weight=self._formula.decays[cell].to_landmark(points, counts_from) if points else 0.0,
            formula=self._formula.version,
            order=order,
            money=telling.money,
            revision=telling.revision,
            cumulative=telling.cumulative,
            withdraws=telling.withdraws,
            channel=telling.channel,
            margin=telling.margin,
            rating=telling.rating,
            kept_promise=telling.kept_promise,
            segments=telling.segments,
            track=track,
            note=note,
        )
        self._entries[entry.key] = self.entered[entry.key] = entry
        self._change(customer).enter(entry)
        return entry


def _idle(formula: Formula) -> Formula:
    """By which nothing earns, and all else is as by `formula`."""
    rules = {
        kind: Rule(rule.dimension, reverses=rule.reverses, cell=rule.cell)
        for kind, rule in formula.rules.items()
    }
    return replace(formula, rules=rules, links=None)
