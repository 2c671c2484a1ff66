"""The links: emotion before behaviour, and nothing said where nothing is known."""

import pytest

from services.engagement.domain import links
from services.engagement.domain.links import LinkRules, links_at
from tests.services.engagement.builders import make_act


def _experience(**sums: float) -> float | None:
    told = {f"link:{name}": total for name, total in sums.items()}
    return links_at(lambda cell: told.get(cell, 0.0), 0.0).experience


def test_nothing_is_said_where_nothing_is_known() -> None:
    assert _experience() is None
    assert _experience(rated=1e-9, ratings=1e-9) is None


def test_many_ratings_leave_little_to_behaviour() -> None:
    assert _experience(ratings=20, rated=20) == pytest.approx(1, abs=0.03)
    kept_none = _experience(ratings=20, rated=20, conduct=0, conducted=50)
    assert kept_none == pytest.approx(1, abs=0.05)


def test_behaviour_speaks_where_nobody_rated() -> None:
    good, bad = _experience(conduct=9, conducted=9), _experience(conduct=0, conducted=9)
    assert good == pytest.approx(0.95)
    assert bad == pytest.approx(0.05)


def test_one_rating_weighs_as_much_as_all_behaviour() -> None:
    assert _experience(ratings=0, rated=1, conduct=1000, conducted=1000) == pytest.approx(0.5, 0.01)


def test_an_act_says_what_the_programme_says_of_it() -> None:
    rules = LinkRules({"complaint": 0.0, "delivery": None})
    assert rules.of_experience(make_act("complaint")) == [
        (links.CONDUCT, 0.0),
        (links.CONDUCTED, 1.0),
    ]
    assert rules.of_experience(make_act("delivery")) == []
    assert rules.of_experience(make_act("referral")) == []
