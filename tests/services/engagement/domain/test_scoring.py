"""Scoring depends on the set of acts, never on their order."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.engagement.domain import ledger
from services.engagement.domain.act import Act
from services.engagement.domain.decay import DAY_MS, Decay
from services.engagement.domain.formula import Formula, Rule
from services.engagement.domain.ledger import Entry
from services.engagement.domain.scoring import Known, Scored
from services.engagement.domain.scoring import score as score_all
from tests.services.engagement.builders import make_act, make_formula

FORMULA = make_formula()


def score(acts: Sequence[Act], known: Known, formula: Formula) -> list[Entry]:
    return list(score_all(acts, known, formula).entries)


def _at_once(*acts: Act, formula: Formula = FORMULA) -> Scored:
    return score_all(acts, Known(), formula)


def _commerce(scored: Scored, formula: Formula = FORMULA) -> float:
    """Points of c-1 as of the landmark, in points of day 0."""
    decay = formula.decays["commerce"]
    return scored.changes["c-1"].sums.get("commerce", 0.0) / decay.to_landmark(1.0, make_act().time)


def _notes(scored: Scored) -> list[str | None]:
    return [entry.note for entry in scored.entries]


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
    scored = _at_once(bought, returned)
    assert scored.entries[1].counts_from == bought.time
    assert _commerce(scored) == pytest.approx(0.0, abs=1e-12)


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
    scored = _at_once(
        make_act("purchase", id="p", order="o1", amount="80"),
        make_act("purchase", id="q", order="o1", amount="80"),
    )
    assert _notes(scored) == [None, ledger.ORDER_REPEATED]
    assert scored.changes["c-1"].money == {"EUR": [800_000, 0]}
    assert scored.changes["c-1"].acts == {"purchase": 1}


def test_an_order_that_was_edited_earns_the_difference() -> None:
    scored = _at_once(
        make_act("purchase", id="p", order="o1", amount="80"),
        make_act("purchase", id="q", order="o1", amount="50", revised=2),
    )
    assert _notes(scored) == [None, ledger.ORDER_REVISED]
    assert [entry.points for entry in scored.entries] == pytest.approx([8.0, -3.0])
    assert scored.changes["c-1"].money == {"EUR": [500_000, 0]}


def test_an_old_telling_that_arrives_late_changes_nothing_but_the_time() -> None:
    new = make_act("purchase", id="q", order="o1", amount="50", day=4, revised=6)
    old = make_act("purchase", id="p", order="o1", amount="80", day=0)
    scored = _at_once(new, old)
    assert _notes(scored) == [None, ledger.SUPERSEDED]
    assert _commerce(scored) == pytest.approx(5.0)


def test_the_currency_of_an_order_may_be_corrected() -> None:
    scored = _at_once(
        make_act("purchase", id="p", order="o1", amount="80", currency="EUR"),
        make_act("purchase", id="q", order="o1", amount="80", currency="GBP", revised=1),
    )
    money = {code: sums for code, sums in scored.changes["c-1"].money.items() if any(sums)}
    assert money == {"GBP": [800_000, 0]}
    assert _commerce(scored) == pytest.approx(9.36)


def test_cumulative_refunds_do_not_add_up() -> None:
    acts = [
        make_act("purchase", id="p", order="o1", amount="80"),
        make_act("refund", id="r1", order="o1", amount="20", cumulative=True),
        make_act("refund", id="r2", order="o1", amount="50", cumulative=True),
        make_act("refund", id="r3", order="o1", amount="20"),
    ]
    scored = _at_once(*acts)
    assert _notes(scored) == [None, None, None, ledger.REFUND_TOLD_BEFORE]
    assert [entry.points for entry in scored.entries] == pytest.approx([8.0, -2.0, -3.0, 0.0])
    assert scored.changes["c-1"].money == {"EUR": [800_000, 500_000]}


def test_a_cancelled_order_is_worth_nothing_whatever_else_is_told() -> None:
    acts = [
        make_act("purchase", id="p", order="o1", amount="80"),
        make_act("cancellation", id="x", order="o1", day=3),
        make_act("purchase", id="q", order="o1", amount="90", revised=9),
        make_act("refund", id="r", order="o1", amount="20", day=9),
    ]
    scored = _at_once(*acts)
    assert _notes(scored) == [None, None, ledger.ORDER_VOID, ledger.ORDER_VOID]
    assert _commerce(scored) == pytest.approx(0.0, abs=1e-12)
    assert scored.changes["c-1"].money == {"EUR": [900_000, 900_000]}
    assert _notes(_at_once(acts[1], acts[0])) == [ledger.REFUND_WAITS, ledger.ORDER_VOID]


def test_a_cancelled_order_that_goes_on_counts_again() -> None:
    bought = make_act("purchase", id="p", order="o1", amount="80", revised=1)
    cancelled = make_act("cancellation", id="x", order="o1", day=3, revised=3)
    revived = make_act("purchase", id="q", order="o1", amount="80", revised=4)
    scored = _at_once(bought, cancelled, revived)
    assert _notes(scored) == [None, None, ledger.ORDER_REVISED]
    assert [entry.points for entry in scored.entries] == pytest.approx([8.0, -8.0, 8.0])
    assert scored.changes["c-1"].money == {"EUR": [800_000, 0]}
    late = _at_once(bought, revived, cancelled)
    assert _notes(late)[-1] == ledger.SUPERSEDED
    assert _commerce(late) == pytest.approx(_commerce(scored))
    assert _notes(_at_once(cancelled, revived)) == [ledger.REFUND_WAITS, None]
    same_time = make_act("purchase", id="q", order="o1", amount="80", revised=3)
    assert _commerce(_at_once(bought, cancelled, same_time)) == pytest.approx(0.0, abs=1e-12)


def test_an_act_that_only_names_an_order_is_no_part_of_it() -> None:
    scored = _at_once(
        make_act("purchase", id="p", order="o1", amount="80"),
        make_act("complaint", id="k", order="o1"),
        make_act("referral", id="s", order="o1"),
    )
    assert [entry.order is None for entry in scored.entries] == [False, True, True]
    assert scored.changes["c-1"].acts == {"purchase": 1, "complaint": 1, "referral": 1}


def test_an_order_that_is_taken_back_leaves_nothing_even_if_the_formula_has_changed() -> None:
    bought = make_act("purchase", id="p", order="o1", amount="80")
    (entry,) = _at_once(bought).entries
    rules = {**FORMULA.rules, "purchase": Rule("commerce", rate=0.2 / 10_000)}
    cancelled = score(
        [make_act("cancellation", id="x", order="o1", day=8)],
        Known(order_entries=[entry]),
        replace(FORMULA, rules=rules),
    )
    assert cancelled[0].points == -entry.points
    assert cancelled[0].weight == -entry.weight


def test_times_many_half_lives_apart_do_not_overflow() -> None:
    decays = {**FORMULA.decays, "commerce": Decay(FORMULA.decays["commerce"].landmark, DAY_MS)}
    formula = replace(FORMULA, decays=decays)
    acts = [
        make_act("purchase", id="p", order="o1", amount="80", day=200, revised=900),
        make_act("purchase", id="q", order="o1", amount="80", day=-2000),
        make_act("withdrawal", id="w", withdraws="q"),
    ]
    scored = _at_once(*acts, formula=formula)
    sums = scored.changes["c-1"].sums["commerce"]
    assert formula.decays["commerce"].at(sums, acts[0].time) == pytest.approx(8.0)


@pytest.mark.parametrize("late", [False, True])
def test_a_withdrawal_takes_its_act_back_whichever_comes_first(late: bool) -> None:
    help = make_act(id="h", day=3)
    withdrawal = make_act("withdrawal", id="w", withdraws="h", day=9)
    scored = _at_once(*([withdrawal, help] if late else [help, withdrawal]))
    change = scored.changes["c-1"]
    assert change.sums.get("advocacy", 0.0) == 0.0
    assert change.acts.get("referral", 0) == 0
    notes = [ledger.WITHDRAWAL_WAITS, ledger.WITHDRAWN] if late else [ledger.WITHDRAWN, None]
    assert _notes(scored) == notes
    assert [entry.points for entry in scored.entries] == [0.0, 0.0]


def test_an_act_that_the_ledger_holds_says_that_it_was_taken_back() -> None:
    (held,) = _at_once(make_act(id="h", day=3)).entries
    known = Known(entries={held.key: held})
    scored = score_all([make_act("withdrawal", id="w", withdraws="h", day=9)], known, FORMULA)
    (gone,) = scored.rewritten
    assert (gone.key, gone.points, gone.note) == (held.key, 0.0, ledger.WITHDRAWN)
    assert scored.changes["c-1"].sums == {"advocacy": -held.weight}


def test_an_act_is_taken_back_once() -> None:
    scored = _at_once(
        make_act(id="h"),
        make_act("withdrawal", id="w1", withdraws="h"),
        make_act("withdrawal", id="w2", withdraws="h"),
    )
    assert _notes(scored) == [ledger.WITHDRAWN, None, ledger.WITHDRAWN_BEFORE]
    assert sum(entry.points for entry in scored.entries) == 0.0
    assert scored.changes["c-1"].acts == {"referral": 0}


def test_nobody_takes_back_what_another_did() -> None:
    scored = _at_once(
        make_act(id="h", customer="c-2"),
        make_act("withdrawal", id="w", customer="c-1", withdraws="h"),
    )
    assert scored.entries[1].note == ledger.ACT_OF_ANOTHER
    assert scored.changes["c-2"].acts == {"referral": 1}


def test_a_withdrawal_is_not_taken_back() -> None:
    scored = _at_once(
        make_act(id="h"),
        make_act("withdrawal", id="w", withdraws="h"),
        make_act("withdrawal", id="v", withdraws="w"),
    )
    assert _notes(scored) == [ledger.WITHDRAWN, None, ledger.NEVER_WITHDRAWN]
    assert scored.changes["c-1"].acts == {"referral": 0}


def test_a_refund_that_is_taken_back_gives_back() -> None:
    scored = _at_once(
        make_act("purchase", id="p", order="o1", amount="80"),
        make_act("refund", id="r", order="o1", amount="30"),
        make_act("withdrawal", id="w", withdraws="r"),
    )
    assert [entry.points for entry in scored.entries] == pytest.approx([8.0, -3.0, 3.0])
    assert scored.changes["c-1"].acts == {"purchase": 1, "refund": 0}
    assert scored.changes["c-1"].money == {"EUR": [800_000, 0]}


def test_an_act_of_a_merged_customer_counts_for_the_one_who_stayed() -> None:
    known = Known(survivors={"c-2": "c-1"})
    (entry,) = score([make_act(customer="c-2")], known, FORMULA)
    assert (entry.customer, entry.origin) == ("c-1", "c-2")


def test_every_note_is_explained() -> None:
    notes = {
        value for name, value in vars(ledger).items() if name.isupper() and name != "SENTENCES"
    }
    assert notes == ledger.SENTENCES.keys()


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


def test_the_same_act_twice_counts_once() -> None:
    act = make_act()
    (entry,) = score([act, act], Known(), FORMULA)
    assert score([act], Known(entries={entry.key: entry}), FORMULA) == []


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


@given(st.lists(st.tuples(st.sampled_from(["purchase", "refund"]), _amounts), max_size=6))
def test_an_order_is_never_worth_less_than_nothing(told: list[tuple[str, str]]) -> None:
    acts = [
        make_act(kind, id=str(number), order="o1", amount=amount)
        for number, (kind, amount) in enumerate(told)
    ]
    assert sum(entry.points for entry in _at_once(*acts).entries) >= -1e-9
