"""The book that acts are entered in one by one; each earns the difference that it makes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from services.engagement.domain import ledger
from services.engagement.domain.account import Account, open_accounts, plain_money
from services.engagement.domain.act import Telling
from services.engagement.domain.formula import Formula, Rule
from services.engagement.domain.ledger import Change, Entry, order_key
from services.engagement.domain.notes import note_on_order


class Book:
    """`changes` has what has been entered adds to profiles, by customer."""

    def __init__(
        self,
        formula: Formula,
        entries: Mapping[str, Entry],
        order_entries: Iterable[Entry] = (),
        withdrawals: Iterable[Entry] = (),
    ) -> None:
        self.changes: dict[str, Change] = {}
        self._formula = formula
        self._first_dimension = next(iter(formula.decays))
        self._entries = dict(entries)
        self._accounts = open_accounts(order_entries, formula)
        self._fresh: dict[str, dict[str, Entry]] = defaultdict(dict)
        self._withdrawals: dict[str, list[Entry]] = {}
        for entry in withdrawals:
            self._withdrawals.setdefault(entry.withdraws or "", []).append(entry)

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def enter(self, telling: Telling, customer: str) -> Entry:
        """The entry of what was told, which counts for `customer`."""
        if telling.withdraws is not None:
            return self._withdraw(telling, customer, telling.withdraws)
        earning = self._formula.orders.get(telling.kind)
        order = None
        if earning is not None and telling.order_id is not None:
            order = order_key(customer, telling.order_id)
        if self._withdrawals and self._awaited(telling.key, customer):
            return self._write(telling, customer, note=ledger.WITHDRAWN, order=order)
        if order is None or earning is None:
            return self._act(telling, customer)
        if telling.kind == earning and not self._is_known(order, earning):
            # Nearly always so, and then it earns what it would without being an order's.
            entry = self._fresh[earning][order] = self._act(telling, customer, order)
            return entry
        return self._tell_order(telling, customer, order, earning)

    def _is_known(self, order: str, earning: str) -> bool:
        accounts = self._accounts
        return order in self._fresh[earning] or bool(accounts and (order, earning) in accounts)

    def _account(self, order: str, earning: str) -> Account:
        at = (order, earning)
        account = self._accounts.get(at)
        if account is None:
            first = self._fresh[earning].pop(order, None)
            self._accounts |= open_accounts(() if first is None else (first,), self._formula)
            account = self._accounts.setdefault(at, Account(earning, self._formula))
        return account

    def _awaited(self, key: str, customer: str) -> bool:
        return any(entry.customer == customer for entry in self._withdrawals.get(key, ()))

    def _tell_order(self, telling: Telling, customer: str, order: str, earning: str) -> Entry:
        account = self._account(order, earning)
        counting, was_void = account.order.counting, account.order.is_void
        before = account.worth
        reverses = telling.kind != earning
        account.order.add(telling, reverses=reverses)
        after = account.assess()
        points, counts_from = account.difference(before, telling.time)
        rule = self._formula.rules.get(earning)
        note = note_on_order(telling, account.order, counting, was_void, before, after, rule)
        if note is None and rule is None:
            note = ledger.NO_RULE
        if note is None or note == ledger.REFUNDED_BEFORE:
            note = self._without_rate(telling, rule) or note
        dimension = account.dimension
        entry = self._write(
            telling, customer, dimension, points, counts_from, note=note, order=order
        )
        account.earn(entry)
        change = self.changes[customer]
        if reverses:
            change.count(telling.kind, 1)
        account.add_difference(before, change)
        return entry

    def _without_rate(self, telling: Telling, rule: Rule | None) -> str | None:
        money = telling.money
        if money is None or rule is None or not rule.rate:
            return None
        return None if money.currency in self._formula.exchange else ledger.NO_EXCHANGE_RATE

    def _act(self, telling: Telling, customer: str, order: str | None = None) -> Entry:
        rule = self._formula.rules.get(telling.kind)
        money = telling.money
        worth = 0 if money is None else self._formula.in_programme_currency(money)
        points, note = 0.0, None
        if rule is None:
            note = ledger.NO_RULE
        elif rule.reverses:
            rate = self._formula.rules[rule.reverses].rate
            points = -rate * (worth or 0)
            unknown = rate and worth is None
            note = ledger.NO_EXCHANGE_RATE if unknown else ledger.REFUND_WITHOUT_ORDER
        elif worth is None:
            points = rule.points
            note = ledger.NO_EXCHANGE_RATE if rule.rate else None
        else:
            points = rule.points + rule.rate * worth
        dimension = self._first_dimension if rule is None else rule.dimension
        entry = self._write(
            telling, customer, dimension, points, telling.time, note=note, order=order
        )
        self._count(self.changes[customer], entry, 1)
        return entry

    def _count(self, change: Change, entry: Entry, times: int) -> None:
        change.count(entry.kind, times)
        if entry.money is not None:
            gross, refunded = plain_money(entry, self._formula)
            change.pay(entry.money.currency, times * gross, times * refunded)

    def _withdraw(self, telling: Telling, customer: str, key: str) -> Entry:
        act = self._entries.get(key)
        note = self._hindrance(act, key, customer)
        if act is None or note is not None:
            entry = self._write(telling, customer, note=note)
        elif act.order is not None and act.kind in self._formula.orders:
            entry = self._untell_order(telling, act, act.order)
        else:
            entry = self._write(
                telling, customer, act.dimension, -act.points, act.counts_from, weight=-act.weight
            )
            self._count(self.changes[customer], act, -1)
        self._withdrawals.setdefault(key, []).append(entry)
        return entry

    def _hindrance(self, act: Entry | None, key: str, customer: str) -> str | None:
        if act is None:
            return ledger.WITHDRAWAL_WAITS
        if act.withdraws is not None:
            return ledger.NEVER_WITHDRAWN
        if act.customer != customer:
            return ledger.ACT_OF_ANOTHER
        gone = act.note == ledger.WITHDRAWN or any(
            one.withdrew and one.customer == customer for one in self._withdrawals.get(key, ())
        )
        return ledger.WITHDRAWN_BEFORE if gone else None

    def _untell_order(self, telling: Telling, act: Entry, order: str) -> Entry:
        account = self._account(order, self._formula.orders[act.kind])
        before = account.worth
        account.order.remove(act.key)
        account.assess()
        points, counts_from = account.difference(before, act.time)
        entry = self._write(
            telling, act.customer, account.dimension, points, counts_from, order=order
        )
        account.earn(entry)
        change = self.changes[act.customer]
        if act.kind != account.earning:
            change.count(act.kind, -1)
        account.add_difference(before, change)
        return entry

    def _write(
        self,
        telling: Telling,
        customer: str,
        dimension: str | None = None,
        points: float = 0.0,
        counts_from: int = 0,
        *,
        weight: float | None = None,
        note: str | None = None,
        order: str | None = None,
    ) -> Entry:
        dimension = dimension or self._first_dimension
        if not points:
            counts_from = telling.time
        if weight is None:
            decay = self._formula.decays[dimension]
            weight = decay.to_landmark(points, counts_from) if points else 0.0
        entry = Entry(
            key=telling.key,
            customer=customer,
            origin=telling.origin,
            kind=telling.kind,
            time=telling.time,
            dimension=dimension,
            points=points,
            counts_from=counts_from,
            weight=weight,
            formula=self._formula.version,
            order=order,
            money=telling.money,
            revision=telling.revision,
            cumulative=telling.cumulative,
            withdraws=telling.withdraws,
            note=note,
        )
        self._entries[entry.key] = entry
        change = self.changes.get(customer)
        if change is None:
            change = self.changes[customer] = Change()
        change.enter(entry)
        return entry
