"""Rules for thanks: what they answer, for whom, by which way, and which of two comes first."""

import pytest

from tests.shared.programme.small import Bench

RULE = "thanks/help.yaml"
CIRCLE = """\
title: Helpers
story: They help.
members: {by_hand: true}
touchpoints:
  - {name: monthly, schedule: FREQ=MONTHLY;BYDAY=1MO, at: "10:00"}
"""


@pytest.fixture
def bench(bench: Bench) -> Bench:
    bench.write("segments/new.yaml", "title: New\nwhen: 'total < 5.0'\n")
    bench.write("circles/helpers.yaml", CIRCLE)
    return bench


def rule(bench: Bench, text: str, name: str = "zz") -> list[str]:
    """What is wrong with a further rule."""
    bench.write(f"thanks/{name}.yaml", f"{text}\ntemplate: help-thanks\nchannels: [email]\n")
    return bench.problems()


@pytest.fixture(autouse=True)
def plain_text(bench: Bench) -> None:
    """A text that anything can be answered with."""
    bench.write("templates/en/help-thanks.txt.j2", "Subject: Thank you\nAlso: you\n\nThank you.\n")


@pytest.mark.parametrize(
    "on",
    [
        "answer",
        "request",
        "level_reached",
        "level_reached.friend",
        "first",
        "first.contact",
        "first.purchase",
        "nth.purchase",
        "anniversary",
        "anniversary.contact",
        "comeback",
        "comeback.help",
        "silence",
        "at_risk",
        "touchpoint",
        "touchpoint.helpers/monthly",
    ],
)
def test_what_can_be_answered(bench: Bench, on: str) -> None:
    assert rule(bench, f"on: {on}") == []


@pytest.mark.parametrize(
    ("on", "hint"),
    [
        ("level_reached.freind", "Did you mean 'level_reached.friend'?"),
        ("first.help", "Did you mean 'first.contact'?"),
        ("nth.purchases", "Did you mean 'nth.purchase'?"),
        ("touchpoint.helpers/yearly", "Did you mean 'touchpoint.helpers/monthly'?"),
        ("annversary", "Did you mean 'anniversary'?"),
    ],
)
def test_what_there_is_not(bench: Bench, on: str, hint: str) -> None:
    (told,) = rule(bench, f"on: {on}")
    assert told.startswith(f"thanks/zz.yaml:1:1: /on: '{on}' is unknown.")
    assert "Did you mean" in told
    assert hint.split("'")[1].split(".")[0] in told


def test_a_kind_that_is_off_is_no_moment(bench: Bench) -> None:
    bench.write("moments.yaml", "silence: {on: false}\nfirsts: [purchase]\n")
    assert "'silence' is unknown" in rule(bench, "on: silence")[0]
    assert rule(bench, "on: first.purchase") == []
    assert "'first.contact' is unknown" in rule(bench, "on: first.contact")[0]


@pytest.mark.parametrize(
    ("audience", "place", "known"),
    [
        ("segments: [nw]", "/for/segments/0", "new"),
        ("circles: [helper]", "/for/circles/0", "helpers"),
        ("levels: [friend, freind]", "/for/levels/1", "friend"),
    ],
)
def test_names_of_an_audience(bench: Bench, audience: str, place: str, known: str) -> None:
    (told,) = rule(bench, f"on: help\nrank: 1\nfor: {{{audience}}}")
    assert f": {place}: '" in told
    assert f"Did you mean '{known}'?" in told


def test_channels_exist(bench: Bench) -> None:
    bench.replace(RULE, "[email]", "[email, emial]")
    (told,) = bench.problems()
    assert told == f"{RULE}:3:19: /channels/1: 'emial' is unknown. Did you mean 'email'?"


def test_nobody_is_blamed_for_a_broken_file(bench: Bench) -> None:
    text = "on: touchpoint.helpers/monthly\nfor: {segments: [new], circles: [helpers]}"
    assert rule(bench, text) == []
    for file in ("segments/new.yaml", "circles/helpers.yaml", "channels/email.yaml"):
        bench.write(file, "nothing: here\n")
    assert {told.split(":")[0] for told in bench.problems()} == {
        *("segments/new.yaml", "circles/helpers.yaml", "channels/email.yaml")
    }


@pytest.mark.parametrize(
    ("text", "is_clear"),
    [
        ("on: help", False),
        ("on: help\nrank: 1", True),
        ("on: help\nfor: {first: true}", True),
        ("on: help\nfor: {segments: [new]}", True),
    ],
)
def test_of_two_rules_it_is_clear_which_comes_first(
    bench: Bench, text: str, is_clear: bool
) -> None:
    told = rule(bench, text)
    expected = [
        "thanks/zz.yaml:1:1: /on: thanks/help.yaml answers the same for some of the same "
        "customers: give one of the two another rank"
    ]
    assert told == ([] if is_clear else expected)


@pytest.mark.parametrize(
    ("one", "other", "is_clear"),
    [
        ("{first: true}", "{first: false}", True),
        ("{first: true}", "{first: true}", False),
        ("{levels: [friend]}", "{levels: [newcomer]}", True),
        ("{levels: [friend]}", "{levels: [newcomer, friend]}", False),
        ("{segments: [new]}", "{circles: [helpers]}", False),
        ("{segments: [new]}", "{segments: [new], first: true}", True),
    ],
)
def test_audiences_that_exclude_each_other(
    bench: Bench, one: str, other: str, is_clear: bool
) -> None:
    assert rule(bench, f"on: help\nfor: {one}", "one") == []
    assert (rule(bench, f"on: help\nfor: {other}", "other") == []) is is_clear


def test_requests_are_by_name(bench: Bench) -> None:
    assert rule(bench, "on: request", "one") == []
    assert rule(bench, "on: request", "other") == []
    (told,) = rule(bench, "on: request\nfor: {first: true}", "third")
    assert told.startswith("thanks/third.yaml:2:1: /for: ")


def test_promotion_must_be_allowed(bench: Bench) -> None:
    text = "on: request\npurpose: promotion"
    assert rule(bench, text) == [
        "thanks/zz.yaml:2:1: /purpose: promotion is off: say promotion: true in attention.yaml"
    ]
    bench.write("attention.yaml", "promotion: true\n")
    assert bench.problems() == []


def test_variants(bench: Bench) -> None:
    bench.replace(RULE, "template: help-thanks", "template: [help-thanks, help-thank, layout]")
    assert bench.problems() == [
        f"{RULE}:2:25: /template/1: templates/en/help-thank.txt.j2 is missing. "
        "Did you mean 'help-thanks'?",
        f"{RULE}:2:37: /template/2: 'layout' goes around other templates",
    ]
