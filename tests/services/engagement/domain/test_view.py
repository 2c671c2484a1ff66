"""What rules see of a customer."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.engagement.domain.compiling import compile_formula
from services.engagement.domain.decay import DAY_MS
from services.engagement.domain.grouping import Groups, compile_groups
from services.engagement.domain.links import Links
from services.engagement.domain.membership import Group
from services.engagement.domain.profile import Profile, value
from services.engagement.domain.rfm import NO_ORDERS, Rfm
from services.engagement.domain.view import Seen, View
from shared.programme.expressions import Language
from shared.programme.groups import Segment
from tests.services.engagement.builders import START, make_formula
from tests.shipped import programme

FORMULA = make_formula()
LANGUAGE = Language(["purchase", "referral"], ["commerce", "advocacy"], ["top-fan"])
NOW = START + 100 * DAY_MS


def seen(profile: Profile, rfm: Rfm = NO_ORDERS, locale: str | None = None) -> Seen:
    return Seen(value(profile, (), FORMULA, NOW, 0), rfm, locale, FORMULA)


def holds(text: str, one: Seen) -> bool:
    expression = LANGUAGE.compile(text)
    return expression.holds(View(expression.variables)(one))


@given(
    purchases=st.integers(0, 5),
    gross=st.integers(0, 10**7),
    days=st.integers(0, 90),
    points=st.floats(-50, 50),
    rfm=st.builds(Rfm, *[st.integers(1, 5)] * 3),
    locale=st.sampled_from([None, "de", "en-GB"]),
)
def test_expressions_say_what_python_says(
    purchases: int, gross: int, days: int, points: float, rfm: Rfm, locale: str | None
) -> None:
    profile = Profile(
        "c-1",
        sums={"commerce": points},
        acts={"purchase": purchases},
        money={"EUR": (gross, gross // 2)},
        first=START,
        last=START + days * DAY_MS + 1,
    )
    one = seen(profile, rfm, locale)
    net = (gross - gross // 2) / 10_000
    for text, expected in {
        "total > 5": one.score.total > 5,
        "dimensions.commerce < 0": one.score.dimensions["commerce"] < 0,
        "dimensions.advocacy == 0": True,
        "level == 'friend'": one.score.level.name == "friend",
        "orders >= 3": purchases >= 3,
        "acts.purchase == acts.referral": purchases == 0,
        "spent >= 250": net >= 250,
        "days_since_first == 100": True,
        "days_since_last > 49": 99 - days > 49,
        "rfm.recency + rfm.frequency >= 6": rfm.recency + rfm.frequency >= 6,
        "rfm.monetary == 5": rfm.monetary == 5,
        "locale.startsWith('en')": (locale or "").startswith("en"),
        "locale == ''": locale is None,
        "scores.top_fan == 0": True,
        "links.experience == 0.5 && links.loyalty == 0": True,
    }.items():
        assert holds(text, one) is expected, text


def test_links_are_seen_as_they_are() -> None:
    one = seen(Profile("c-1"))
    links = Links(experience=0.25, engagement=1.0, loyalty=2.0, profit=3.0)
    one = replace(one, score=replace(one.score, links=links))
    assert holds("links.experience < 0.3 && links.loyalty == 2 && links.profit == 3", one)
    one = replace(one, score=replace(one.score, links=replace(links, experience=None)))
    assert holds("links.experience == 0.5", one)


def test_every_variable_of_the_shipped_programme_has_a_value() -> None:
    shipped = programme()
    formula = compile_formula(shipped.formula)
    names = [one.name for one in shipped.scoring.scores]
    language = Language([*shipped.acts], shipped.scoring.half_lives, names)
    score = value(Profile("c-1"), (), formula, NOW, 0)
    values = View(language.variables)(Seen(score, NO_ORDERS, None, formula))
    assert values.keys() == language.variables.keys()


def test_the_shipped_groups() -> None:
    groups = compile_groups(programme())
    assert groups.wants_rfm
    assert not groups.wants_locale
    profile = Profile("c-1", acts={"help": 5}, first=NOW - 30 * DAY_MS, last=NOW)
    found = set(groups.of(seen(profile, Rfm(5, 4, 4)), Counter()))
    assert found == {
        Group("segment", "champions"),
        Group("segment", "new"),
        Group("circle", "helpers"),
    }
    assert groups.names == found | {Group("segment", "at-risk")}


def test_a_rule_without_an_answer_does_not_hold_and_is_counted() -> None:
    odd = Group("segment", "odd")
    when = "orders == 0 || 1 / (orders - 1) > 0"
    groups = Groups({"odd": Segment("odd", "Odd", None, when)}, {}, {odd: LANGUAGE.compile(when)})
    failures: Counter[Group] = Counter()
    assert list(groups.of(seen(Profile("c-1", acts={"purchase": 1})), failures)) == []
    assert failures == {odd: 1}


def test_only_what_is_asked_for_is_looked_up() -> None:
    assert View({"orders"})(seen(Profile("c-1", acts={"purchase": 2}))) == {"orders": 2}


@pytest.mark.parametrize("name", ["unheard", "unheard.of"])
def test_there_are_no_other_variables(name: str) -> None:
    with pytest.raises(KeyError):
        View({name})
