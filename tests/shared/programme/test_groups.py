"""segments/ and circles/: what becomes of them, and what is wrong with them, by line and column."""

from datetime import time

import pytest

from shared.config import DEFAULT_PROGRAMME
from shared.programme.groups import Circle, Segment, Touchpoint
from shared.programme.loader import load
from tests.shared.programme.small import Bench

HELPERS = """\
title: Helpers
story: They help.
members:
  when: acts.help >= 5
touchpoints:
  - {name: round, schedule: FREQ=MONTHLY;BYDAY=1MO, at: "10:00"}
"""


def test_the_shipped_ones() -> None:
    programme = load(DEFAULT_PROGRAMME)
    assert programme.segments.keys() == {"at-risk", "champions", "new"}
    assert programme.circles.keys() == {"helpers"}


def test_what_is_said(bench: Bench) -> None:
    before = load(bench.folder).version
    bench.write("segments/best.yaml", "title: Best\nrfm: {recency: [5, 4], monetary: [5]}\n")
    bench.write("segments/rich.yaml", "title: Rich\ndescription: Many.\nwhen: total > 20\n")
    bench.write("circles/helpers.yaml", HELPERS)
    bench.write("circles/club.yaml", "{title: Club, story: Ours, members: {by_hand: true}}\n")
    programme = load(bench.folder)
    assert programme.segments == {
        "best": Segment("best", "Best", None, "rfm.recency in [4, 5] && rfm.monetary in [5]"),
        "rich": Segment("rich", "Rich", "Many.", "total > 20"),
    }
    touchpoint = Touchpoint("round", "FREQ=MONTHLY;BYDAY=1MO", time(10))
    assert programme.circles == {
        "helpers": Circle(
            "helpers", "Helpers", "They help.", "acts.help >= 5", False, False, (touchpoint,)
        ),
        "club": Circle("club", "Club", "Ours", None, True, False, ()),
    }
    assert programme.version != before


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("title: A\n", "1:1: must have exactly one of when and rfm"),
        ("title: A\nwhen: total > 1\nrfm: {recency: [5]}\n", "1:1: must have exactly one of"),
        ("when: total > 1\n", "1:1: 'title' is missing"),
        ("title: A\nwhen: level == 'freind'\n", "2:16: /when: 'freind' is no level. Did you mean"),
        ('title: A\nwhen: level in ["friend", "x"]\n', "2:27: /when: 'x' is no level. Levels are:"),
        ("title: A\nwhen: acts > 3\n", "2:7: /when: 'acts' is unknown. Say which: acts.answer"),
        ("title: A\nwhen: total > 1 and orders > 1\n", "2:17: /when: Syntax error: mismatched"),
        ("title: A\nwhen: true\n", "2:1: /when: must be a text"),
        ("title: A\nwhen: total > 1 && tota > 1\n", "2:20: /when: 'tota' is unknown. Did you"),
        ('title: A\nwhen: "acts.help == 1.5"\n', "2:18: /when: '==' does not go with"),
        ("title: A\nwhen: |\n  total > 1\n    && foo\n", "4:8: /when: 'foo' is unknown"),
        ("title: A\nwhen: >-\n  total > 1 &&\n  foo\n", "4:3: /when: 'foo' is unknown"),
        ("title: A\nwhen: acts.help\n", "2:7: /when: must be true or false, and is int"),
        ("title: A\nrfm: {}\n", "2:1: /rfm: must not be empty"),
        ("title: A\nrfm: {recency: [6]}\n", "2:17: /rfm/recency/0: must be at most 5"),
        ("title: A\nrfm: {recency: [5, 5]}\n", "2:7: /rfm/recency: has the same item twice"),
    ],
)
def test_what_is_wrong_with_a_segment(bench: Bench, text: str, problem: str) -> None:
    bench.write("segments/a.yaml", text)
    (found,) = bench.problems()
    assert f"segments/a.yaml:{problem}" in found


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("  when: acts.help >= 5", "  by_hand: false", "3:1: /members: nobody could belong"),
        ("acts.help", "acts.halp", "4:9: /members/when: 'acts.halp' is unknown. Did you mean"),
        ("1MO", "XX", "6:48: /touchpoints/0/schedule: BYDAY must be days"),
        ("MONTHLY", "HOURLY", "6:34: /touchpoints/0/schedule: FREQ must be DAILY"),
        ('"10:00"', '"25:00"', "6:53: /touchpoints/0/at: must be a time of day"),
        ("name: round", "name: A b", "6:6: /touchpoints/0/name: must be a short name"),
        ("story: They help.\n", "", "1:1: 'story' is missing"),
    ],
)
def test_what_is_wrong_with_a_circle(bench: Bench, old: str, new: str, problem: str) -> None:
    bench.write("circles/helpers.yaml", HELPERS)
    bench.replace("circles/helpers.yaml", old, new)
    (found,) = bench.problems()
    assert f"circles/helpers.yaml:{problem}" in found


def test_touchpoints_have_names_of_their_own(bench: Bench) -> None:
    again = '  - {name: round, schedule: FREQ=DAILY, at: "10:00"}\n'
    bench.write("circles/helpers.yaml", HELPERS + again)
    (found,) = bench.problems()
    assert "7:6: /touchpoints/1/name: another touchpoint has this name" in found


def test_the_file_name_is_the_name(bench: Bench) -> None:
    bench.write("segments/At_Risk.yaml", "title: A\nwhen: total > 1\n")
    (found,) = bench.problems()
    assert "is no part of a programme" in found
