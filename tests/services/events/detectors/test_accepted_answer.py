"""Whose answer was accepted has helped."""

from itertools import permutations

import msgspec

from services.events.detectors.accepted_answer import SURE, UNSURE, AcceptedAnswer
from services.events.detectors.port import Retraction
from tests.services.events.builders import make_event
from tests.services.events.detectors.builders import (
    SOURCE,
    look,
    make_acceptance,
    make_post,
    make_withdrawal,
    same,
)

ACCEPTED = AcceptedAnswer()


def test_the_helper_gets_the_help() -> None:
    (finding,), retractions = look(ACCEPTED, make_acceptance(words="That did it"))
    assert retractions == []
    act = finding.act
    assert (act.id, act.source, act.subject) == ("help-given-p-1", SOURCE, "forum:x:anna")
    assert act.type == "io.requite.act.help.v1"
    assert act.time == make_acceptance().time
    assert msgspec.json.decode(act.data or b"") == {
        "helped": "c-asker",
        "thread_id": "t-1",
        "content_id": "p-1",
        "topic": "First brew",
        "words": "That did it",
    }
    assert finding.confidence > 0.9
    assert finding.evidence["act"] == "accepted-1"


def test_who_accepts_his_own_answer_gets_nothing() -> None:
    findings, (retraction,) = look(ACCEPTED, make_acceptance(asker="c-1", helper="c-1"))
    assert (findings, retraction.id) == ([], "help-given-p-1")
    own = make_acceptance(asker="forum:x:anna", helper="email:" + "a" * 32)
    linked = {"forum:x:anna": "c-1", "email:" + "a" * 32: "c-1"}
    findings, (retraction,) = look(ACCEPTED, own, linked=linked)
    assert (findings, retraction.reason) == ([], "helped themselves")
    assert len(look(ACCEPTED, own)[0]) == 1


def test_aliases_that_turn_out_to_be_one_person_lose_the_help() -> None:
    help_act = make_event("help", {"helped": "forum:x:bob"}, id="help-given-p-1", source=SOURCE)
    assert list(ACCEPTED.look_at_act(help_act, same)) == []
    (found,) = ACCEPTED.look_at_act(help_act, lambda one: "c-1")
    assert isinstance(found, Retraction)
    assert (found.source, found.id) == (SOURCE, "help-given-p-1")


def test_whoever_began_a_topic_may_be_the_one_who_answered() -> None:
    began = make_acceptance(asker="discourse-topic:forum:42", helper="discourse:forum:7")
    (finding,), _ = look(ACCEPTED, began)
    assert finding.confidence == UNSURE
    (finding,), _ = look(ACCEPTED, began, linked={"discourse-topic:forum:42": "discourse:forum:9"})
    assert finding.confidence == SURE
    assert look(ACCEPTED, began, linked={"discourse-topic:forum:42": "discourse:forum:7"})[0] == []


def test_help_goes_to_whoever_the_alias_stands_for() -> None:
    (finding,), _ = look(ACCEPTED, make_acceptance(), linked={"forum:x:anna": "c-7"})
    assert finding.act.subject == "c-7"
    assert finding.people == ("c-7", "c-asker")


def test_an_unaccept_takes_it_back_and_a_new_acceptance_is_a_new_act() -> None:
    first, withdrawal = make_acceptance(), make_withdrawal("accepted-1")
    findings, (retraction,) = look(ACCEPTED, first, withdrawal)
    assert findings == []
    assert (retraction.id, retraction.only_open) == ("help-given-p-1", False)
    (again,), (retraction,) = look(ACCEPTED, first, withdrawal, make_acceptance("accepted-1b"))
    assert again.act.id == "help-given-p-1-2"
    assert retraction.id == "help-given-p-1"


def test_told_twice_under_two_ids_is_one_help() -> None:
    (finding,), _ = look(ACCEPTED, make_acceptance("a"), make_acceptance("b"))
    assert finding.act.id == "help-given-p-1"


def test_another_accepted_answer_takes_the_place_of_the_first() -> None:
    first = make_acceptance(time="2026-05-01T10:00:00Z")
    other = make_acceptance(
        "accepted-2", content_id="p-2", helper="c-8", time="2026-05-01T11:00:00Z"
    )
    for order in permutations((first, other)):
        (finding,), (retraction,) = look(ACCEPTED, *order)
        assert (finding.act.id, retraction.id) == ("help-given-p-2", "help-given-p-1")
    # Not accepted any more either: the first does not come back.
    findings, retractions = look(ACCEPTED, first, other, make_withdrawal("accepted-2"))
    assert (findings, len(retractions)) == ([], 2)
    # Told twice, at different times of receipt: the first one is meant.
    late = make_acceptance(time="2026-05-01T12:00:00Z")
    assert look(ACCEPTED, first, other, late)[0][0].act.id == "help-given-p-2"
    again = make_acceptance("accepted-3", time="2026-05-01T12:00:00Z")
    (finding,), _ = look(ACCEPTED, first, other, again)
    assert finding.act.id == "help-given-p-1-2"


def test_many_may_have_helped_where_no_answer_is_named() -> None:
    helps = [make_acceptance(f"a-{n}", helper=f"c-{n}", content_id="") for n in (7, 8)]
    findings, retractions = look(ACCEPTED, *helps)
    assert (len(findings), retractions) == (2, [])


def test_posts_and_acceptances_without_owner_do_not_fail() -> None:
    nobody = make_event("help_received", {"content_id": "p-1"}, id="x", source=SOURCE)
    assert look(ACCEPTED, nobody, make_post("p-1", "c-1", "An answer")) == ([], [])
