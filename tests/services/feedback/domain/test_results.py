"""Net promoter counts, means and rates, where blanks are not zeros."""

import csv
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.feedback.domain.results import NetPromoter, Tally, net_promoter

SFO = Path(__file__).parents[5] / "shared/data/feedback/sfo_2017_nps_dev.csv"


def test_without_answers_there_is_no_score() -> None:
    asked = Tally(7)
    assert (asked.answers, asked.mean, asked.response_rate) == (0, None, 0.0)
    assert Tally().response_rate is None
    assert net_promoter(asked) == NetPromoter(0, 0, 0)
    assert net_promoter(asked).score is None


def test_the_borders_of_the_scale() -> None:
    tally = Tally(11, dict.fromkeys(range(11), 1))
    assert net_promoter(tally) == NetPromoter(promoters=2, passives=2, detractors=7)
    assert net_promoter(tally).score == pytest.approx(100 * -5 / 11)
    assert (tally.mean, tally.response_rate) == (5.0, 1.0)


@given(st.lists(st.integers(0, 10), min_size=1))
def test_the_three_kinds_are_all_answers(values: list[int]) -> None:
    counts = net_promoter(Tally(len(values), Counter(values)))
    assert counts.promoters + counts.passives + counts.detractors == len(values)
    assert counts.score is not None
    assert -100 <= counts.score <= 100


def test_a_published_survey() -> None:
    if not SFO.exists():
        pytest.skip(f"{SFO.name} is not there")
    with SFO.open(newline="", encoding="utf-8-sig") as file:
        given_values = [row["NETPRO"] for row in csv.DictReader(file)]
    answered = Counter(int(value) for value in given_values if value not in ("", "11"))
    tally = Tally(len(given_values), answered)
    assert net_promoter(tally).score == pytest.approx(37.17, abs=0.005)
