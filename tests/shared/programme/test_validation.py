"""Every fault that a schema finds is told with its line."""

import pytest

from tests.shared.programme.small import Bench

SETTINGS, SCORING = "programme.yaml", "scoring.yaml"
RULE, SURVEY = "thanks/help.yaml", "surveys/order.yaml"

CASES = [
    (SETTINGS, "shop: The", "shopp: The", "1:1: 'shop' is missing"),
    (SETTINGS, "shop: The", "shopp: The", "2:1: /shopp: unknown key. Did you mean 'shop'?"),
    (SETTINGS, "Gratitude", "", "1:1: /name: must be a text"),
    (SETTINGS, "Gratitude", '""', "1:1: /name: must not be empty"),
    (SETTINGS, "Gratitude", "x" * 101, "1:1: /name: must have at most 100 characters"),
    (SETTINGS, "currency: EUR", "currency: euro", "3:1: /currency: must be a currency code of"),
    (SETTINGS, "GBP: 1.17", "GBP: 0", "5:3: /exchange/GBP: must be more than 0"),
    (SETTINGS, "GBP: 1.17", "GBP: -1", "5:3: /exchange/GBP: must be more than 0"),
    (SETTINGS, "GBP: 1.17", 'GBP: "0.0"', "5:3: /exchange/GBP: must be a decimal number above 0"),
    (SETTINGS, "GBP: 1.17", "GBP: 1,17", "5:3: /exchange/GBP: must be a decimal number above 0"),
    (SETTINGS, "GBP: 1.17", "GBP: [1]", "5:3: /exchange/GBP: must be a number or a text"),
    (SETTINGS, "GBP: 1.17", "Gbp: 1.17", "5:3: /exchange/Gbp: the key must be a currency code"),
    (SETTINGS, "locale: en", "locale: english!", "8:1: /locale: must be a language tag such as"),
    (SETTINGS, "locale: en", "stale_after: 1w", "8:1: /stale_after: must be a number of days"),
    (SETTINGS, "locale: en", "shop_url: shop", "8:1: /shop_url: must be an address that starts"),
    (SETTINGS, "locale: en", "support_email: us", "8:1: /support_email: must be an e-mail addr"),
    (SCORING, "2025-01-01", "2025-02-30", "1:1: /landmark: must be a date such as 2025-01-01"),
    (SCORING, "commerce: {", "comerce: {", "3:3: /dimensions/comerce: unknown key. Did you mean"),
    (SCORING, "180", "6", "3:14: /dimensions/commerce/half_life_days: must be at least 7"),
    (SCORING, "180", "36501", "3:14: /dimensions/commerce/half_life_days: must be at most 36500"),
    (SCORING, "180", "'180'", "3:14: /dimensions/commerce/half_life_days: must be a number"),
    (SCORING, "{half_life_days: 180}", "180", "3:3: /dimensions/commerce: must be a mapping"),
    (SCORING, "{half_life_days: 180}", "{}", "3:3: /dimensions/commerce: 'half_life_days' is mis"),
    (
        SCORING,
        "  help:",
        "  Help:",
        "11:3: /acts/Help: the key must be the name of an act of acts/",
    ),
    (SCORING, "points: 10.5", "points: -1", "13:5: /acts/help/points: must be at least 0"),
    (SCORING, "points: 10.5", "point: 10", "13:5: /acts/help/point: unknown key. Did you mean"),
    (SCORING, "    points: 10.5\n", "", "11:3: /acts/help: must have exactly one of points,"),
    (SCORING, "points: 10.5", "points: ten", "13:5: /acts/help/points: must be a decimal number"),
    (SCORING, "    dimension: community\n", "", "11:3: /acts/help: 'dimension' is missing"),
    (
        SCORING,
        "points: 10.5",
        "points: 1\n    cap: {per: day}",
        "14:5: /acts/help/cap: must have at least 2 of points, times, per",
    ),
    (
        SCORING,
        "points: 10.5",
        "points: 1\n    counts: twice",
        "14:5: /acts/help/counts: must be every_time, once, {nth: 3} or {every: 5}",
    ),
    (
        SCORING,
        "points: 10.5",
        "points: 1\n    diminishing: {factor: 80, per: day}",
        "14:19: /acts/help/diminishing/factor: must be less than 1",
    ),
    (
        SCORING,
        "points: 10.5",
        "points: 1\n    min_account_age: 7",
        "14:5: /acts/help/min_account_age: must be a time such as 7d or 24h",
    ),
    (
        SCORING,
        "reverses: purchase",
        "{reverses: purchase, dimension: commerce}",
        "9:3: /acts/refun",
    ),
    (
        SCORING,
        "reverses: purchase",
        "{reverses: purchase, points: 1}",
        "9:3: /acts/refund: must ha",
    ),
    (SCORING, 'points: "1", ', "", "8:5: /acts/purchase/points_per: 'points' is missing"),
    (SCORING, 'amount: "10"', "amount: 0", "8:31: /acts/purchase/points_per/amount: must be more"),
    (SCORING, "from: 20", "form: 20", "16:5: /levels/1: 'from' is missing"),
    (SCORING, "friend", "Best Friend", "16:6: /levels/1/name: must be a short name in lower"),
    (RULE, "on: help", "no: help", "1:1: 'on' is missing"),
    (
        RULE,
        "template: help-thanks",
        "template: Help",
        "2:1: /template: must have A template's name",
    ),
    (RULE, "[email]", "[Email]", "3:12: /channels/0: must be the name of a channel, such as email"),
    (RULE, "[email]", "[]", "3:1: /channels: must not be empty"),
    (RULE, "[email]", "email", "3:1: /channels: must be a list"),
    (RULE, "[email]", "[email, email]", "3:1: /channels: has the same item twice"),
    (RULE, "never", "0d", "4:1: /stale_after: must be a number of days, hours or minutes"),
    (SURVEY, "kind: nps", "kind: npss", "1:1: /kind: must be one of nps, csat. Did you mean"),
    (SURVEY, "{en: Why?, fr: Pourquoi ?}", "{}", "3:1: /why: must not be empty"),
    (SURVEY, "en: Why?", "english: Why?", "3:7: /why/english: the key must be a language tag"),
    (SURVEY, "en: Why?", "en: 3", "3:7: /why/en: must be a text"),
    (SURVEY, "to: 10", "to: 11", "6:3: /scale/to: must be at most 10"),
    (SURVEY, "from: 0", "from: 0.5", "5:3: /scale/from: must be a whole number"),
    (SURVEY, "bad_at_most: 6\n", "", "1:1: 'bad_at_most' is missing"),
]


@pytest.mark.parametrize(("file", "old", "new", "expected"), CASES)
def test_a_fault_has_its_line(bench: Bench, file: str, old: str, new: str, expected: str) -> None:
    if new.startswith("{reverses"):
        old, new = f"\n    {old}", f" {new}"
    bench.replace(file, old, new)
    told = bench.problems()
    assert [line for line in told if line.startswith(f"{file}:{expected}")], told
    assert all(line.startswith(f"{file}:") for line in told), told


def test_no_levels_and_no_acts_are_faults(bench: Bench) -> None:
    bench.write("scoring.yaml", "dimensions: {}\nacts: {}\nlevels: []\n")
    assert bench.problems() == [
        "scoring.yaml:1:1: /dimensions: must not be empty",
        "scoring.yaml:2:1: /acts: must not be empty",
        "scoring.yaml:3:1: /levels: must not be empty",
    ]


def test_an_act_of_the_wrong_type_is_one_fault(bench: Bench) -> None:
    bench.replace(
        "scoring.yaml", "  help:\n    dimension: community\n    points: 10.5", "  help: 5"
    )
    assert "scoring.yaml:11:3: /acts/help: must be a mapping of keys to values" in bench.problems()
    assert len(bench.problems()) == 1


def test_a_document_must_be_a_mapping(bench: Bench) -> None:
    bench.write("thanks/help.yaml", "- help\n")
    assert bench.problems() == ["thanks/help.yaml:1:1: must be a mapping of keys to values"]
