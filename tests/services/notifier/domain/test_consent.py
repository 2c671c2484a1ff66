"""What was last agreed to."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.domain.consent import Consent, State, standing, together


def say(state: State, time: int = 10, **more: Any) -> Consent:
    return Consent(**{"purpose": "thanks", "channel": "email", **more}, state=state, time=time)


LINES = st.lists(
    st.builds(
        say,
        st.sampled_from(("granted", "withdrawn")),
        st.integers(0, 3),
        purpose=st.sampled_from(("thanks", "survey")),
        channel=st.sampled_from(("email", "any")),
        expires=st.none() | st.integers(0, 6),
    ),
    max_size=5,
)


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ([], None),
        ([say("granted")], "granted"),
        ([say("withdrawn", 9), say("granted", 10)], "granted"),
        ([say("withdrawn", 10), say("granted", 9)], "withdrawn"),
        ([say("withdrawn"), say("granted")], "withdrawn"),
        ([say("granted", channel="any")], "granted"),
        ([say("granted", 9), say("withdrawn", 10, channel="any")], "withdrawn"),
        ([say("granted", channel="sms")], None),
        ([say("granted", purpose="survey")], None),
        ([say("granted", expires=100)], None),
        ([say("granted", expires=0)], None),
        ([say("granted", expires=101)], "granted"),
        ([say("withdrawn", expires=50)], "withdrawn"),
        # What expired is not followed by what was said before.
        ([say("granted", 1), say("granted", 2, expires=50)], None),
        ([say("granted"), say("granted", expires=50)], None),
    ],
)
def test_the_last_word_counts_until_it_expires(said: list[Consent], state: State | None) -> None:
    for lines in permutations(said):
        assert standing(lines, "thanks", "email", 100) == state


@given(LINES, LINES)
def test_two_records_are_one_whatever_comes_first(one: list[Consent], other: list[Consent]) -> None:
    both = together(one, other)
    assert both == together(other, one) == together(both, one) == together((), both)
    assert set(map(str, both)) == set(map(str, (*one, *other)))
    for now in range(8):
        said = standing([*one, *other], "thanks", "email", now)
        assert standing(both, "thanks", "email", now) == said


def test_of_one_line_told_twice_the_first_record_has_the_words() -> None:
    page, shop = say("granted", source="page"), say("granted", source="shop")
    assert together([page], [shop]) == (page,)
