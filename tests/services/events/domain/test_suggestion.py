"""What may become of a finding."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from services.events.domain.suggestion import (
    Suggestion,
    confirm,
    find_again,
    lapse,
    reject,
    suggestion_id,
)
from shared.errors import Conflict, Invalid
from tests.services.events.builders import NOW, make_event

LATER = NOW + timedelta(hours=1)


def make_suggestion(**members: Any) -> Suggestion:
    """An open one for the help of an alias."""
    act = make_event("help", {"helped": "c-2"}, id="help-1", subject="forum:x:anna")
    usual: dict[str, Any] = {
        "id": suggestion_id("thankful_reply", act.source, act.id),
        "detector": "thankful_reply",
        "status": "open",
        "confidence": 0.5,
        "evidence": {"words": "Thanks"},
        "act": act,
        "people": ("forum:x:anna", "c-2"),
        "found_at": NOW,
    }
    return Suggestion(**usual | members)


OPEN = make_suggestion()
EMITTED = make_suggestion(status="emitted")


def test_confirmed_once_and_again() -> None:
    confirmed = confirm(OPEN, "key", LATER)
    assert (confirmed.status, confirmed.pending, confirmed.decided_by) == ("confirmed", True, "key")
    assert confirmed.to_tell == OPEN.act
    assert confirm(confirmed, "another", LATER) is confirmed
    assert not confirm(EMITTED, "key", LATER).pending


def test_rejected_before_it_was_told_tells_nothing() -> None:
    rejected = reject(OPEN, "key", LATER, "a joke")
    assert (rejected.status, rejected.pending, rejected.takes_back) == ("rejected", False, False)
    assert reject(rejected, "another", LATER, None) is rejected
    assert confirm(rejected, "key", LATER).pending


@pytest.mark.parametrize("told", [EMITTED, confirm(OPEN, "key", NOW)])
def test_rejected_afterwards_takes_it_back_for_good(told: Suggestion) -> None:
    rejected = reject(told, "key", LATER, "a joke")
    assert (rejected.pending, rejected.takes_back) == (True, True)
    withdrawal = rejected.to_tell
    assert (withdrawal.id, withdrawal.subject) == ("withdrawal-help-1", "forum:x:anna")
    assert withdrawal.source == OPEN.act.source
    assert withdrawal.time == LATER.isoformat()
    assert msgspec.json.decode(withdrawal.data or b"") == {"id": "help-1", "reason": "a joke"}
    with pytest.raises(Conflict):
        confirm(rejected, "key", LATER)


def test_a_person_says_who_it_was() -> None:
    act = make_event("recommendation", {}, id="r-1", subject=None)
    unknown = make_suggestion(act=act, people=("c-2",))
    with pytest.raises(Invalid):
        confirm(unknown, "key", LATER)
    confirmed = confirm(unknown, "key", LATER, "c-7")
    assert confirmed.to_tell.subject == "c-7"
    assert confirmed.people == ("c-2", "c-7")
    with pytest.raises(Invalid):
        confirm(OPEN, "key", LATER, "c-7")


def test_without_its_evidence_it_lapses() -> None:
    lapsed = lapse(OPEN, LATER, "gone", only_open=True)
    assert (lapsed.status, lapsed.pending) == ("withdrawn", False)
    assert find_again(lapsed, OPEN) is OPEN
    with pytest.raises(Conflict):
        confirm(lapsed, "key", LATER)
    with pytest.raises(Conflict):
        reject(lapsed, "key", LATER, None)
    assert lapse(EMITTED, LATER, "gone", only_open=True) is EMITTED
    taken_back = lapse(EMITTED, LATER, "gone", only_open=False)
    assert (taken_back.pending, taken_back.to_tell.id) == (True, "withdrawal-help-1")
    assert find_again(taken_back, EMITTED) is taken_back
    assert lapse(taken_back, LATER, "gone", only_open=False) is taken_back


def test_what_a_person_was_asked_about_is_told_once_it_is_sure() -> None:
    sure = make_suggestion(status="emitted", pending=True, found_at=LATER, confidence=0.99)
    told = find_again(OPEN, sure)
    assert (told.status, told.pending, told.confidence) == ("emitted", True, 0.99)
    assert told.found_at == NOW
    for decided in (confirm(OPEN, "key", NOW), reject(OPEN, "key", NOW, None)):
        assert find_again(decided, sure) is decided
