"""Whose answer was accepted has helped."""

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
    assert look(ACCEPTED, make_acceptance(asker="c-1", helper="c-1")) == ([], [])
    own = make_acceptance(asker="forum:x:anna", helper="email:" + "a" * 32)
    linked = {"forum:x:anna": "c-1", "email:" + "a" * 32: "c-1"}
    assert look(ACCEPTED, own, linked=linked) == ([], [])
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


def test_two_answers_of_a_thread_are_two_helps() -> None:
    other = make_acceptance("accepted-2", content_id="p-2", helper="c-8")
    findings, _ = look(ACCEPTED, make_acceptance(), other)
    assert sorted(finding.act.id for finding in findings) == ["help-given-p-1", "help-given-p-2"]


def test_posts_and_acceptances_without_owner_do_not_fail() -> None:
    nobody = make_event("help_received", {"content_id": "p-1"}, id="x", source=SOURCE)
    assert look(ACCEPTED, nobody, make_post("p-1", "c-1", "An answer")) == ([], [])
