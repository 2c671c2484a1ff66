"""Scoring depends on the set of acts, never on their order."""

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.engagement.domain import ledger
from services.engagement.domain.act import Act
from services.engagement.domain.formula import Rule
from services.engagement.domain.ledger import Change, Entry, changes
from services.engagement.domain.scoring import Known, score
from tests.services.engagement.builders import make_act, make_formula

FORMULA = make_formula()


def _total(entries: Sequence[Entry]) -> dict[str, float]:
    change = changes(entries, FORMULA).get("c-1", Change())
    return {name: change.sums.get(name, 0.0) for name in FORMULA.decays}


def _one_by_one(acts: Sequence[Act], cuts: int) -> list[Entry]:
    """Score in batches of `cuts`, handing on what the ledger would know."""
    written: list[Entry] = []
    for start in range(0, len(acts), cuts):
        batch = acts[start : start + cuts]
        orders = {act.order_key for act in batch if act.order_key}
        known = Known(
            entries={entry.key: entry for entry in written},
            order_entries=[entry for entry in written if entry.order in orders],
        )
        written += score(batch, known, FORMULA)
    return written


def test_a_purchase_earns_by_its_amount() -> None:
    (entry,) = score([make_act("purchase", order="o1", amount="48.00")], Known(), FORMULA)
    assert entry.points == pytest.approx(4.8)
    assert entry.note is None


def test_another_currency_counts_by_its_exchange_rate() -> None:
    act = make_act("purchase", order="o1", amount="100", currency="GBP")
    (entry,) = score([act], Known(), FORMULA)
    assert entry.points == pytest.approx(11.7)


def test_a_currency_without_rate_earns_nothing_and_says_so() -> None:
    act = make_act("purchase", order="o1", amount="100", currency="PLN")
    (entry,) = score([act], Known(), FORMULA)
    assert (entry.points, entry.note) == (0.0, ledger.NO_EXCHANGE_RATE)


def test_a_refund_takes_back_with_the_age_of_its_purchase() -> None:
    bought = make_act("purchase", id="p", order="o1", amount="80", day=0)
    returned = make_act("refund", id="r", order="o1", amount="80", day=40)
    entries = score([bought, returned], Known(), FORMULA)
    assert entries[1].counts_from == bought.time
    assert _total(entries)["commerce"] == pytest.approx(0.0, abs=1e-12)


def test_a_refund_that_arrives_first_waits_and_is_then_applied() -> None:
    returned = make_act("refund", id="r", order="o1", amount="30", day=40)
    bought = make_act("purchase", id="p", order="o1", amount="80")
    first, second = score([returned, bought], Known(), FORMULA)
    assert (first.points, first.note) == (0.0, ledger.REFUND_WAITS)
    assert second.points == pytest.approx(5.0)
    assert second.note == ledger.REFUNDED_BEFORE


def test_refunds_beyond_the_order_take_no_more_than_it_earned() -> None:
    acts = [
        make_act("purchase", id="p", order="o1", amount="80"),
        make_act("refund", id="r1", order="o1", amount="60"),
        make_act("refund", id="r2", order="o1", amount="60"),
    ]
    entries = score(acts, Known(), FORMULA)
    assert entries[2].note == ledger.REFUND_BEYOND_ORDER
    assert sum(entry.points for entry in entries) == pytest.approx(0.0, abs=1e-12)


def test_a_refund_without_order_takes_back_by_its_amount() -> None:
    (entry,) = score([make_act("refund", amount="10")], Known(), FORMULA)
    assert entry.points == pytest.approx(-1.0)
    assert entry.note == ledger.REFUND_WITHOUT_ORDER


def test_an_order_told_twice_under_other_ids_counts_once() -> None:
    acts = [
        make_act("purchase", id="p", order="o1", amount="80"),
        make_act("purchase", id="q", order="o1", amount="80"),
    ]
    entries = _one_by_one(acts, 1)
    assert [entry.note for entry in entries] == [None, ledger.ORDER_REPEATED]
    change = changes(entries, FORMULA)["c-1"]
    assert change.money == {"EUR": [800_000, 0]}


@pytest.mark.parametrize("first", [0, 1, 2])
def test_an_order_of_fixed_points_counts_once_and_its_refund_takes_them_back(first: int) -> None:
    rules = {**FORMULA.rules, "purchase": Rule("commerce", points=50.0)}
    formula = replace(FORMULA, rules=rules)
    acts = [
        make_act("purchase", id="p", order="o1", amount="80"),
        make_act("purchase", id="q", order="o1", amount="80"),
        make_act("refund", id="r", order="o1", amount="80"),
    ]
    written = score([*acts[first:], *acts[:first]], Known(), formula)
    assert sum(entry.points for entry in written) == 0.0
    assert [e.points for e in score([acts[1], acts[0]], Known(), formula)] == [50.0, 0.0]


def test_the_same_act_twice_in_one_batch_and_across_batches_counts_once() -> None:
    act = make_act()
    assert len(score([act, act], Known(), FORMULA)) == 1
    assert len(_one_by_one([act, act, act], 1)) == 1


def test_acts_of_an_erased_customer_are_not_scored() -> None:
    assert score([make_act()], Known(erased=frozenset({"c-1"})), FORMULA) == []


def test_another_customers_order_of_the_same_id_is_another_order() -> None:
    acts = [
        make_act("purchase", id="p", customer="c-1", order="o1", amount="80"),
        make_act("refund", id="r", customer="c-2", order="o1", amount="80"),
    ]
    entries = score(acts, Known(), FORMULA)
    assert entries[1].note == ledger.REFUND_WAITS


_amounts = st.decimals(min_value=0, max_value=5000, places=2).map(str)


@st.composite
def _histories(draw: st.DrawFn) -> list[Act]:
    acts = []
    for number in range(draw(st.integers(1, 4))):
        order = f"o{number}"
        if draw(st.booleans()):
            amount, day = draw(_amounts), draw(st.integers(0, 300))
            acts.append(make_act("purchase", id=f"p{number}", order=order, amount=amount, day=day))
        for part in range(draw(st.integers(0, 3))):
            amount, day = draw(_amounts), draw(st.integers(0, 300))
            acts.append(
                make_act("refund", id=f"r{number}.{part}", order=order, amount=amount, day=day)
            )
    acts += [make_act(id=f"a{n}", day=n) for n in range(draw(st.integers(0, 3)))]
    return acts


@given(_histories(), st.integers(0, 2**32), st.integers(1, 5))
def test_order_batches_and_repeats_change_nothing(acts: list[Act], seed: int, batch: int) -> None:
    in_order = _total(score(acts, Known(), FORMULA))
    shuffled = [*acts, *acts]
    random.Random(seed).shuffle(shuffled)
    entries = _one_by_one(shuffled, batch)
    assert len(entries) == len(acts)
    assert _total(entries) == pytest.approx(in_order, rel=1e-9, abs=1e-9)


@given(_histories())
def test_an_order_is_never_worth_less_than_nothing(acts: list[Act]) -> None:
    entries = score(acts, Known(), FORMULA)
    assert _total(entries)["commerce"] >= -1e-9
