"""In a thread of two, whoever is thanked has probably helped."""

from itertools import permutations

import msgspec
import pytest

from services.events.detectors.thankful_reply import ThankfulReply
from services.events.detectors.word_list import WordList, gratitude_of
from services.events.domain.thread import MOST_POSTS
from tests.services.events.detectors.builders import (
    look,
    make_acceptance,
    make_post,
    make_withdrawal,
)

THANKFUL = ThankfulReply(WordList())
QUESTION = make_post("p-1", "c-asker", "My pot drips. What can I do?")
ANSWER = make_post("p-2", "c-helper", "Turn the lid by a quarter, then press it down.")
THANKS = make_post("p-3", "c-asker", "Thanks, that worked!")


def test_the_one_who_is_thanked_helped() -> None:
    (finding,), retractions = look(THANKFUL, QUESTION, ANSWER, THANKS)
    assert retractions == []
    assert (finding.act.id, finding.act.subject) == ("help-thanked-p-3", "c-helper")
    assert finding.act.time == THANKS.time
    assert msgspec.json.decode(finding.act.data or b"")["helped"] == "c-asker"
    # Savannah: two thankful words and fewer than 20 words in all are 5 points.
    assert finding.confidence == pytest.approx(gratitude_of(5), abs=1e-4)
    assert finding.evidence["thankful"] == ["thanks", "worked"]
    assert finding.evidence["in_reply_to"] == "p-2"


def test_staff_that_thanks_counts_a_point_less() -> None:
    staff = make_post("p-3", "c-asker", "Thanks, that worked!", staff=True)
    (finding,), _ = look(THANKFUL, QUESTION, ANSWER, staff)
    assert finding.confidence == pytest.approx(gratitude_of(4), abs=1e-4)


@pytest.mark.parametrize(
    "thanks",
    ["Thanks in advance!", "It still drips.", "No luck, this has not worked.", "> Thanks!\nNo."],
)
def test_no_thanks(thanks: str) -> None:
    assert look(THANKFUL, QUESTION, ANSWER, make_post("p-3", "c-asker", thanks)) == ([], [])


def test_thanks_before_anybody_has_answered_are_for_nobody() -> None:
    early = make_post("p-1", "c-asker", "Thanks for this fine forum! My pot drips.")
    assert look(THANKFUL, early, ANSWER) == ([], [])


def test_three_are_too_many() -> None:
    third = make_post("p-4", "c-third", "Mine too.")
    findings, retractions = look(THANKFUL, QUESTION, ANSWER, THANKS, third)
    assert findings == []
    assert "help-thanked-p-3" in {one.id for one in retractions}
    assert all(one.only_open for one in retractions)
    linked = {"c-third": "c-helper"}
    (finding,), _ = look(THANKFUL, QUESTION, ANSWER, THANKS, third, linked=linked)
    assert finding.act.subject == "c-helper"


def test_one_alone_talks_to_nobody() -> None:
    assert look(THANKFUL, QUESTION, THANKS) == ([], [])


def test_a_thread_that_is_credited_already_is_left_alone() -> None:
    accepted = make_acceptance()
    findings, retractions = look(THANKFUL, QUESTION, ANSWER, THANKS, accepted)
    assert findings == []
    assert {one.id for one in retractions} >= {"help-thanked-p-3"}
    taken_back = make_withdrawal("accepted-1")
    assert len(look(THANKFUL, QUESTION, ANSWER, THANKS, accepted, taken_back)[0]) == 1


def test_a_pair_is_found_once_whatever_the_order() -> None:
    again = make_post("p-4", "c-asker", "Thank you")
    for events in permutations([QUESTION, ANSWER, THANKS, again]):
        (finding,), (retraction,) = look(THANKFUL, *events)
        assert (finding.act.id, retraction.id) == ("help-thanked-p-3", "help-thanked-p-4")


def test_a_deleted_post_thanks_nobody() -> None:
    assert look(THANKFUL, QUESTION, ANSWER, THANKS, make_withdrawal("post-p-3")) == ([], [])


def test_a_thread_that_is_not_known_as_a_whole_is_left_alone() -> None:
    many = [make_post(f"x{n}", "c-asker", "Thanks!") for n in range(MOST_POSTS)]
    assert look(THANKFUL, ANSWER, *many)[0] == []
