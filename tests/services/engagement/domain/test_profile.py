"""What a profile is worth, also after the programme has changed."""

from dataclasses import replace

from services.engagement.domain.profile import Profile, value
from services.engagement.domain.scoring import Known, score
from tests.services.engagement.builders import START, make_act, make_formula

FORMULA = make_formula()


def test_a_dimension_that_the_programme_has_no_more_counts_for_nothing() -> None:
    scored = score([make_act(), make_act("purchase", id="p", amount="10")], Known(), FORMULA)
    change = scored.changes["c-1"]
    profile = Profile("c-1", change.sums, change.acts)
    left = replace(FORMULA, decays={"commerce": FORMULA.decays["commerce"]})
    worth = value(profile, scored.entries, left, START, 5)
    assert [weighed.entry.kind for weighed in worth.entries] == ["purchase"]
    assert worth.dimensions.keys() == {"commerce"}


def test_twenty_points_reach_a_level_from_twenty_whenever_they_are_earned() -> None:
    for day in range(400):
        scored = score([make_act("purchase", amount="200", day=day)], Known(), FORMULA)
        change = scored.changes["c-1"]
        worth = value(Profile("c-1", change.sums), (), FORMULA, make_act(day=day).time, 0)
        assert worth.level.name == "friend"
