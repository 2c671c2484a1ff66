"""Entries of customers who were merged, or no longer are: what they earn as they stand together."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec.structs import replace

from services.engagement.domain import ledger
from services.engagement.domain.account import open_accounts, plain_money
from services.engagement.domain.book import Book
from services.engagement.domain.formula import Formula
from services.engagement.domain.ledger import Change, Entry, customer_of, order_key
from shared.merging import survivor_of

NOBODY = ""
"""Whom the entries of an erased customer count for."""


def readdress(
    entries: Iterable[Entry],
    merged_into: Mapping[str, str],
    formula: Formula,
    erased: Collection[str] = (),
) -> Sequence[Entry]:
    """All entries of some customers, each counting for whoever its origin stands for now.

    Where an order meets its refund or itself, or an act its withdrawal, and where they part, what
    each earns is worked out anew; everything else keeps what it earned. Entries of `erased`
    origins keep no more than their identity.
    """
    told = list(entries)
    entered = {
        entry.key: _cut(entry)
        if entry.origin in erased
        else _move(entry, survivor_of(entry.origin, merged_into))
        for entry in told
    }
    stand_now = [entry for entry in entered.values() if entry.customer != NOBODY]
    regrouped = [entered[key] for group in _groups(stand_now) - _groups(told) for key in group]
    book = Book(formula, entered)
    for entry in sorted(regrouped, key=_last_withdrawals):
        if _keeps_its_points(entry):
            continue
        entered[entry.key] = book.enter(entry, entry.customer)
    return list(entered.values())


def tally(entries: Iterable[Entry], formula: Formula) -> Mapping[str, Change]:
    """What all entries of some customers add up to, by customer."""
    told = list(entries)
    gone = {entry.withdraws for entry in told if entry.withdrew}
    profiles: dict[str, Change] = {}
    for entry in told:
        if entry.customer == NOBODY:
            continue
        change = profiles.setdefault(entry.customer, Change())
        change.enter(entry)
        if entry.withdraws is not None or entry.note == ledger.WITHDRAWN or entry.key in gone:
            continue
        earning = None if entry.order is None else formula.orders.get(entry.kind)
        if earning != entry.kind:
            change.count(entry.kind, 1)
        if earning is None and entry.money is not None:
            change.pay(entry.money.currency, *plain_money(entry, formula))
    for (order, earning), account in open_accounts(told, formula).items():
        change = profiles[customer_of(order)]
        if account.worth.bought:
            change.count(earning, account.worth.bought)
        for currency, totals in account.worth.money.items():
            change.pay(currency, *totals)
    return profiles


def _move(entry: Entry, customer: str) -> Entry:
    if entry.customer == customer:
        return entry
    order = None if entry.order_id is None else order_key(customer, entry.order_id)
    return replace(entry, customer=customer, order=order)


def _cut(entry: Entry) -> Entry:
    return replace(entry, customer=NOBODY, origin=NOBODY, order=None)


def _groups(entries: Iterable[Entry]) -> set[frozenset[str]]:
    """Keys of entries that decide together what each earns: those of an order, an act and what
    takes it back."""
    acts: dict[str, Entry] = {}
    withdrawals: list[Entry] = []
    for entry in entries:
        if entry.withdraws is None:
            acts[entry.key] = entry
        else:
            withdrawals.append(entry)
    groups: dict[str, set[str]] = {}
    for entry in acts.values():
        groups.setdefault(entry.order or entry.key, set()).add(entry.key)
    for entry in withdrawals:
        act = acts.get(entry.withdraws or "")
        if act is not None and act.customer == entry.customer:
            groups[act.order or act.key].add(entry.key)
        else:
            groups[entry.key] = {entry.key}
    return {frozenset(keys) for keys in groups.values()}


def _keeps_its_points(entry: Entry) -> bool:
    return entry.withdraws is None and entry.order is None and entry.note != ledger.WITHDRAWN


def _last_withdrawals(entry: Entry) -> tuple[bool, int, str]:
    return (entry.withdraws is not None, entry.time, entry.key)
