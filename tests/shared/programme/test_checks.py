"""What no schema can say is found too, with its line."""

import pytest

from tests.shared.programme.small import Bench

SETTINGS, SCORING = "programme.yaml", "scoring.yaml"
RULE, SURVEY = "thanks/help.yaml", "surveys/order.yaml"
TEMPLATE = "templates/en/help-thanks.txt.j2"
ORDER = "templates/en/order-thanks.txt.j2"

CASES = [
    (SETTINGS, "currency: EUR", "currency: EUX", "3:1: /currency: not a currency of ISO 4217"),
    (SETTINGS, "GBP: 1.17", "GBX: 1.17", "5:3: /exchange/GBX: not a currency of ISO 4217"),
    (SETTINGS, "GBP: 1.17", "EUR: 1.17", "5:3: /exchange/EUR: must be 1: it is the programme's"),
    (
        SETTINGS,
        "Europe/Berlin",
        "Europe/Berln",
        "7:1: /time_zone: must be an IANA time zone. Did you mean 'Europe/Berlin'?",
    ),
    (SETTINGS, "locale: en", "locale: en\nopened: 2099-01-01", "9:1: /opened: lies more than a"),
    (SETTINGS, "locale: en", "locale: en\nopened: 2019-02-30", "9:1: /opened: must be a date"),
    (SETTINGS, "locale: en", "locale: en\nopened: 0019-02-03", "9:1: /opened: must be a date"),
    (SETTINGS, "locale: en", "locale: en\nopened: 2019", "9:1: /opened: must be a date"),
    (SETTINGS, "Europe/Berlin", "../Berlin", "7:1: /time_zone: must be an IANA time zone."),
    (SETTINGS, "Europe/Berlin", "Europe", "7:1: /time_zone: must be an IANA time zone."),
    (
        SCORING,
        "dimension: community",
        "dimension: comunity",
        "12:5: /acts/help/dimension: 'comunity' is unknown. Did you mean 'community'?",
    ),
    (
        SCORING,
        "dimension: community",
        "dimension: voice",
        "12:5: /acts/help/dimension: 'voice' is unknown. Known: commerce, community.",
    ),
    (
        SCORING,
        "reverses: purchase",
        "reverses: purchas",
        "10:5: /acts/refund/reverses: 'purchas' is unknown. Did you mean 'purchase'?",
    ),
    (
        SCORING,
        "reverses: purchase",
        "reverses: refund",
        "10:5: /acts/refund/reverses: 'refund' is unknown. Known: help, purchase.",
    ),
    (
        SCORING,
        "points: 10.5",
        "points_per: {points: 1, amount: 1}",
        "13:5: /acts/help/points_per: this act has no amount: say points",
    ),
    (SCORING, "  help:", "  hlep:", "11:3: /acts/hlep: 'hlep' is unknown. Did you mean 'help'?"),
    (
        SCORING,
        "  help:",
        "  yawn:",
        "11:3: /acts/yawn: 'yawn' is unknown. Known: answer, cancellat",
    ),
    (
        SCORING,
        "points: 10.5",
        "points: 1\n    only: {segments: [nobody]}",
        "14:23: /acts/help/only/segments/0: 'nobody' is unknown. Known: none.",
    ),
    (
        SCORING,
        "levels:\n",
        "links: {experience: {half_life_days: 9, conduct: {help: promise}}}\nlevels:\n",
        "14:51: /links/experience/conduct/help: this act has no promised_at: say a number",
    ),
    (SCORING, "2025-01-01", "0001-01-01", "1:1: /landmark: must be from 1966-01-29 to 2040-01-01"),
    (SCORING, "2025-01-01", "9999-12-31", "1:1: /landmark: must be from 1966-01-29 to 2040-01-01"),
    (
        SCORING,
        "landmark: 2025-01-01\ndimensions:\n  commerce: {half_life_days: 180}",
        "landmark: 2022-10-01\ndimensions:\n  commerce: {half_life_days: 7}",
        "1:1: /landmark: must be from 2022-10-02 to 2040-01-01, as the shortest half-life asks for",
    ),
    (SCORING, "from: 0}", "from: 1}", "15:22: /levels/0/from: the first level must start from 0"),
    (SCORING, "from: 20", "from: 0", "16:20: /levels/1/from: must be more than 0 before it"),
    (SCORING, "friend", "newcomer", "16:6: /levels/1/name: another level has this name"),
    (RULE, "on: help", "on: hlep", "1:1: /on: 'hlep' is unknown. Did you mean 'help'?"),
    (RULE, "on: help", "on: refund", "1:1: /on: nobody is thanked for 'refund'"),
    (
        "thanks/purchase.yaml",
        "survey: order",
        "survey: ordr",
        "4:1: /survey: 'ordr' is unknown. Did you mean 'order'?",
    ),
    (
        RULE,
        "template: help-thanks",
        "template: help-thank",
        "2:1: /template: templates/en/help-thank.txt.j2 is missing. Did you mean 'help-thanks'?",
    ),
    (SURVEY, "question: {en: How likely?, ", "question: {", "2:1: /question: has no text in 'en'"),
    (SURVEY, "en: Why?, fr", "en: Why?, es", "3:1: /why: must be in the languages of the question"),
    (SURVEY, "{en: very, fr: très}", "{en: very}", "8:3: /scale/high: must be in the languages"),
    (SURVEY, "from: 0", "from: 10", "6:3: /scale/to: must be more than 10"),
    (SURVEY, "bad_at_most: 6", "bad_at_most: 10", "9:1: /bad_at_most: must lie on the scale"),
    (SURVEY, "to: 10", "to: 9", "4:1: /scale: must go from 0 to 10 where kind is nps"),
    (TEMPLATE, "Subject: Thank you", "Thank you", "1:1: must begin with 'Subject: …'"),
    (TEMPLATE, "Subject: Thank you", "Subject: ", "1:1: has no subject"),
    (TEMPLATE, "Thank you\n", "Thank you\nmore", "2:1: must have an empty line after the subject"),
    (
        TEMPLATE,
        "{% if name %} {{ name }}",
        "{% if name %} {{ nmae }}",
        "4:1: 'nmae' is unknown. Did you mean 'name'?",
    ),
    (TEMPLATE, " {{ name }}{% endif %}", " {{ name }}", "6:1: Unexpected end of template"),
    (
        TEMPLATE,
        "{{ name }}",
        "{{ name | loud }}",
        "4:1: there is no filter 'loud'.",
    ),
    (
        TEMPLATE,
        'act.get("topic")',
        "act.topic",
        "6:1: on a sample of 'help': 'dict object' has no attribute 'topic'",
    ),
    (
        TEMPLATE,
        "you helped",
        "{{ name + 1 }}",
        "6:1: on a sample of 'help': can't be rendered: TypeError",
    ),
    (ORDER, "thank you.", "{{ act.topic }}", "4:1: on a sample of 'purchase': 'dict object' has"),
    (
        ORDER,
        "for order {{ act.order_id }}",
        "{{ act.nr }}",
        "1:1: on a sample of 'purchase': 'dict object'",
    ),
    (ORDER, "for order {{ act", '{{ "".__class__ }} {{ act', "1:1: on a sample of 'purchase': "),
    (ORDER, "thank you.", '{% include "x" %}', "4:1: only {% if %}, {% for %} and {% set %} are"),
]


@pytest.mark.parametrize(("file", "old", "new", "expected"), CASES)
def test_a_fault_has_its_line(bench: Bench, file: str, old: str, new: str, expected: str) -> None:
    bench.replace(file, old, new)
    told = bench.problems()
    assert [line for line in told if line.startswith(f"{file}:{expected}")], told


def test_an_end_missing_in_the_middle_is_found_where_jinja_notices(bench: Bench) -> None:
    bench.replace(ORDER, "{% endif %}", "")
    assert bench.problems()[0].startswith(f"{ORDER}:")


def test_an_empty_body_is_a_fault(bench: Bench) -> None:
    bench.write(ORDER, "Subject: Thank you\n\n\n")
    assert bench.problems() == [f"{ORDER}:4:1: has no text after the subject"]


def test_a_region_default_is_served_by_its_language(bench: Bench) -> None:
    bench.replace(SETTINGS, "locale: en", "locale: en-GB")
    assert bench.problems() == []


def test_every_unknown_name_is_told_and_loops_are_known(bench: Bench) -> None:
    bench.write(
        ORDER,
        "Subject: {{ shpo }}\nAlso: x\n\n{% for p in act.get('products', []) %}{{ loop.index }}"
        " {{ p.sku }}{% endfor %}\n{{ range(3) | join }}\n{{ survey_ulr }}\n",
    )
    assert bench.problems() == [
        f"{ORDER}:1:1: 'shpo' is unknown. Did you mean 'shop'?",
        f"{ORDER}:6:1: 'survey_ulr' is unknown. Did you mean 'survey_url'?",
    ]


def test_a_rule_is_not_blamed_for_its_broken_survey(bench: Bench) -> None:
    bench.replace(SURVEY, "kind: nps", "kind: other")
    assert [line.split(":")[0] for line in bench.problems()] == [SURVEY]
