"""A customer by another formula: the level carried, the best of the first year, and nobody else."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from msgspec.structs import replace as changed

from services.engagement.domain.decay import DAY_MS
from services.engagement.domain.formula import Formula, Level, Rule
from services.engagement.domain.ledger import Entry
from services.engagement.domain.moments.curve import Curve
from services.engagement.domain.profile import Profile
from services.engagement.domain.rescoring import Refolded, carried, peak, refold
from services.engagement.domain.scoring import Known, score
from services.engagement.domain.watch import UNWATCHED, Held, Watch
from tests.services.engagement.builders import START, make_act, make_formula

OLD = make_formula()
NEW = replace(
    OLD,
    version="new",
    rules={**OLD.rules, "referral": Rule("advocacy", points=70.0)},
)


def entries_of(formula: Formula = OLD, days: Sequence[float] = (0,)) -> list[Entry]:
    acts = [make_act(id=f"{day}", day=day) for day in days]
    return list(score(acts, Known(), formula).entries)


def refolded(entries: Sequence[Entry], watch: Watch = UNWATCHED, **how: bool) -> Refolded:
    sums: dict[str, float] = {}
    for entry in entries:
        sums[entry.cell] = sums.get(entry.cell, 0.0) + entry.weight
    profile = Profile("c-1", sums, watch=watch)
    found = refold(["c-1"], entries, {"c-1": profile}, (), (OLD, NEW), START, **how)
    return found["c-1"]


def watching(level: str) -> Watch:
    return Watch(levels=(Held("newcomer", 0), Held(level, START)), due=START + 90 * DAY_MS)


def test_entries_are_those_of_the_other_formula() -> None:
    one = refolded(entries_of())
    assert [(entry.points, entry.formula) for entry in one.entries] == [(70.0, "new")]
    assert one.change is not None
    assert one.change.acts == {"referral": 1}


def test_who_has_no_entries_any_more_has_no_profile() -> None:
    assert refolded([]) == Refolded([])


def test_entries_of_several_customers_stay_apart() -> None:
    told = [
        changed(entry, customer=id) for entry, id in zip(entries_of(days=(0, 1)), "ab", strict=True)
    ]
    found = refold(["a", "b", "c"], told, {}, ["b"], (OLD, NEW), START)
    assert [len(found[id].entries) for id in "abc"] == [1, 1, 0]
    assert found["a"].entries[0].points == 70.0
    assert found["b"].entries[0].points == 0.0


def test_the_level_becomes_that_of_the_other_formula_silently() -> None:
    watch = refolded(entries_of(), watching("friend")).watch
    assert [held.level for held in watch.levels] == ["newcomer", "friend", "ally"]
    assert watch.due is not None
    assert watch.due > START


def test_a_higher_level_is_left_to_be_noticed_where_that_is_asked_for() -> None:
    watch = refolded(entries_of(), watching("friend"), announce=True).watch
    assert watch.levels[-1].level == "friend"
    assert watch.due == START


def test_a_level_falls_with_the_other_formula() -> None:
    curves = Curve({"commerce": 1e4}, OLD), Curve({}, NEW)
    watch = carried(watching("ally"), curves, (OLD, NEW), START, announce=False)
    assert watch.levels[-1].level == "newcomer"


def test_a_level_that_is_held_in_its_time_of_grace_is_kept() -> None:
    curves = Curve({}, OLD), Curve({}, NEW)
    before = watching("friend")
    watch = carried(before, curves, (OLD, NEW), START, announce=False)
    assert watch.levels == before.levels


def test_a_level_that_the_other_formula_does_not_have_is_left() -> None:
    other = replace(NEW, levels=[Level("newcomer", 0.0), Level("fan", 20.0)])
    curves = Curve({}, OLD), Curve({}, other)
    for announce in (False, True):
        watch = carried(watching("friend"), curves, (OLD, other), START, announce=announce)
        assert watch.levels[-1].level == "newcomer"


def test_one_who_was_never_watched_is_not_watched_now() -> None:
    assert refolded(entries_of()).watch == UNWATCHED


@pytest.mark.parametrize(
    ("days", "highest"),
    [((), 0.0), ((0,), 25.0), ((0, 90), 37.5), ((0, 366), 25.0), ((0, 0), 50.0)],
)
def test_the_highest_score_of_the_first_year(days: Sequence[float], highest: float) -> None:
    acts = [make_act(id=f"{n}", day=day) for n, day in enumerate(days)]
    told = score(acts, Known(), OLD).entries
    assert peak(told, OLD) == pytest.approx(highest, abs=1e-9)
