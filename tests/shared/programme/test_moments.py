"""moments.yaml: what becomes of it, and what is wrong with it, by line."""

from datetime import time, timedelta

import pytest

from shared.config import DEFAULT_PROGRAMME
from shared.programme.loader import load
from shared.programme.model import Demotion
from shared.programme.moment_rules import build_moment_rules
from tests.shared.programme.small import FILES, Bench

ALL_OFF = """\
firsts: []
nth: {}
level_reached: {on: false}
anniversaries: {on: false}
comeback: {on: false}
silence: {on: false}
at_risk: {on: false}
"""


def test_the_shipped_values_are_those_that_hold_without_the_file(bench: Bench) -> None:
    rules = load(bench.folder).moments
    assert rules == load(DEFAULT_PROGRAMME).moments == build_moment_rules()
    assert rules.firsts == {"contact", "purchase", "delivery", "complaint", "referral"}
    assert rules.nth == {"purchase": (10, 50, 100)}
    assert rules.anniversaries_at == time(9)
    assert rules.at_risk is not None
    assert rules.at_risk.acts == {"complaint"}


def test_every_kind_can_be_switched_off(bench: Bench) -> None:
    before = load(bench.folder).version
    bench.write("moments.yaml", ALL_OFF)
    programme = load(bench.folder)
    rules = programme.moments
    assert (rules.firsts, rules.nth, rules.level_reached) == (frozenset(), {}, False)
    assert (rules.anniversaries_at, rules.comeback_after) == (None, None)
    assert (rules.silence, rules.at_risk) == (None, None)
    assert programme.version != before


def test_what_is_said_and_what_is_left_out(bench: Bench) -> None:
    bench.write(
        "moments.yaml", 'nth: {help: [50, 5]}\nsilence: {factor: 4}\nanniversaries: {at: "17:30"}\n'
    )
    rules = load(bench.folder).moments
    assert rules.nth == {"help": (5, 50)}
    assert rules.silence is not None
    assert (rules.silence.factor, rules.silence.least) == (4.0, timedelta(days=30))
    assert rules.anniversaries_at == time(17, 30)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("first: [contact]\n", "1:1: /first: unknown key. Did you mean"),
        ("firsts: [purchas]\n", "1:10: /firsts/0: 'purchas' is unknown. Did you mean"),
        ("nth: {purchas: [10]}\n", "1:7: /nth/purchas: 'purchas' is unknown. Did you mean"),
        ("nth: {purchase: [1]}\n", "1:18: /nth/purchase/0: must be at least 2"),
        ('anniversaries: {at: "25:00"}\n', "1:17: /anniversaries/at: must be a time of day"),
        ("comeback: {after: soon}\n", "1:12: /comeback/after: must be a time such as 30d"),
        ("silence: {factor: 1}\n", "1:11: /silence/factor: must be at least 1.5"),
        ("at_risk: {from_level: frend}\n", "1:11: /at_risk/from_level: 'frend' is unknown. Did"),
        ("at_risk: {acts: [whining]}\n", "1:18: /at_risk/acts/0: 'whining' is unknown."),
        ("- on\n", "1:1: must be a mapping"),
    ],
)
def test_what_is_wrong(bench: Bench, text: str, problem: str) -> None:
    bench.write("moments.yaml", text)
    (found,) = bench.problems()
    assert f"moments.yaml:{problem}" in found


def test_a_level_is_lost_slowly_or_never(bench: Bench) -> None:
    assert load(bench.folder).scoring.demotion == Demotion(timedelta(days=30), timedelta(days=30))
    bench.write("scoring.yaml", FILES["scoring.yaml"] + "demotion: {grace: never}\n")
    assert load(bench.folder).scoring.demotion == Demotion(None, timedelta(days=30))
