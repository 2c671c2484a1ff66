"""Templates are tried on what they answer, read by the lint, and have a layout around them."""

import pytest

from tests.shared.programme.small import Bench

TEMPLATE, LAYOUT = "templates/en/help-thanks.txt.j2", "templates/en/layout.txt.j2"


def test_what_sells_is_told_with_its_place(bench: Bench) -> None:
    bench.replace(TEMPLATE, "you helped", "you helped. Buy more")
    assert bench.problems() == [f"{TEMPLATE}:6:13: “Buy”: thanks ask nobody to buy"]


def test_a_condition_hides_nothing(bench: Bench) -> None:
    bench.replace(TEMPLATE, "you helped", "{% if false %}\nshop now\n{% endif %}\nyou helped")
    assert bench.problems() == [f"{TEMPLATE}:7:1: “shop now”: thanks ask nobody to buy"]


def test_what_sells_only_once_it_is_rendered(bench: Bench) -> None:
    bench.replace(TEMPLATE, "you helped", "{{ 'sh' }}{{ 'op now' }}. you helped")
    assert bench.problems() == [
        f"{TEMPLATE}:1:1: on a sample of 'help': “shop now”: thanks ask nobody to buy"
    ]


def test_promotion_may_sell(bench: Bench) -> None:
    bench.replace(TEMPLATE, "you helped", "buy now. you helped")
    bench.replace("thanks/help.yaml", "on: help", "on: help\npurpose: promotion")
    bench.write("attention.yaml", "promotion: true\n")
    assert bench.problems() == []
    bench.write("thanks/z.yaml", "on: answer\ntemplate: help-thanks\nchannels: [email]\n")
    assert any("buy now" in told for told in bench.problems())


def test_what_merges_needs_a_phrase(bench: Bench) -> None:
    bench.replace(TEMPLATE, "Also: your help\n", "")
    (told,) = bench.problems()
    assert told.startswith(f"{TEMPLATE}:2:1: has no 'Also: …' line")
    bench.replace("thanks/help.yaml", "on: help", "on: help\nmerge: never")
    assert bench.problems() == []


def test_every_language_has_a_layout(bench: Bench) -> None:
    (bench.folder / "templates/fr/layout.txt.j2").unlink()
    (told,) = bench.problems()
    assert told.startswith("templates/fr/layout.txt.j2:1:1: is missing")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("{{ body }}", "body", "1:1: does not show 'body'"),
        ("{{ preferences_url }}", "x", "1:1: does not show 'preferences_url'"),
        ("{{ also | enumerate }}", "more", "1:1: does not show 'also'"),
        ("{{ shop }}", "{{ shop }}. Shop now.", "9:13: “Shop now”: thanks ask nobody to buy"),
        ("{{ shop }}", "{{ act.x }}", "9:1: 'act' is unknown."),
        ("{% if name %} {{ name }}{% endif %}", "{{ name }}", "1:1: prints a value that may be"),
        ("{% if also %}", "{% if alas %}", "5:1: 'alas' is unknown. Did you mean 'also'?"),
    ],
)
def test_a_layout_shows_what_it_must(bench: Bench, old: str, new: str, expected: str) -> None:
    bench.replace(LAYOUT, old, new)
    told = bench.problems()
    assert [line for line in told if line.startswith(f"{LAYOUT}:{expected}")], told


def test_plurals_have_every_form_of_the_language(bench: Bench) -> None:
    source = "Subject: x\nAlso: y\n\n{{ 3 | plural(one='raz', other='razy') }}\n"
    bench.write("templates/pl/help-thanks.txt.j2", source)
    bench.write("templates/pl/layout.txt.j2", (bench.folder / LAYOUT).read_text())
    assert bench.problems() == [
        "templates/pl/help-thanks.txt.j2:4:1: plural lacks what pl needs: few, many"
    ]


def test_a_moment_is_tried_with_its_numbers(bench: Bench) -> None:
    bench.write("thanks/z.yaml", "on: anniversary\ntemplate: years\nchannels: [email]\n")
    years = "{{ act.number }} {{ act.number | plural(one='year', other='years') }}"
    bench.write("templates/en/years.txt.j2", f"Subject: {years}\nAlso: {years}\n\n{years}\n")
    assert bench.problems() == []
    bench.write("thanks/z.yaml", "on: level_reached\ntemplate: years\nchannels: [email]\n")
    assert "on a sample of 'level_reached'" in bench.problems()[0]
