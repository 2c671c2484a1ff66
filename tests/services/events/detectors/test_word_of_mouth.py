"""Whoever a buyer names has recommended the shop."""

from typing import Any

import msgspec
import pytest

from services.events.detectors.port import Finding
from services.events.detectors.word_of_mouth import WordOfMouth
from tests.services.events.builders import make_event


def find(who: dict[str, str] | None = None, **members: Any) -> list[Finding]:
    """What a purchase by c-1 with these members says."""
    data = {"order_id": "1001", "total": "5.00", "currency": "EUR", **members}
    known = who or {}
    found = WordOfMouth().look_at_act(make_event("purchase", data), lambda one: known.get(one, one))
    return [one for one in found if isinstance(one, Finding)]


def test_who_was_named_recommended() -> None:
    (finding,) = find(referred_by="forum:x:anna", channel="shop")
    act = finding.act
    assert (act.id, act.source, act.subject) == ("recommendation-1001", "/shop", "forum:x:anna")
    assert act.type == "io.requite.act.recommendation.v1"
    assert msgspec.json.decode(act.data or b"") == {"channel": "shop"}
    assert finding.people == ("forum:x:anna", "c-1")
    (finding,) = find({"forum:x:anna": "c-7"}, referred_by="forum:x:anna")
    assert finding.act.subject == "c-7"


def test_nothing_for_oneself() -> None:
    assert find(referred_by="c-1") == []
    assert find({"forum:x:me": "c-1"}, referred_by="forum:x:me") == []


def test_referrals_handle_their_codes() -> None:
    assert find(referred_by="c-7", referral_code="ANNA10") == []


def test_words_of_their_own_are_for_a_person_to_read() -> None:
    (finding,) = find(how_did_you_hear=" A friend from the choir " + "x" * 500)
    assert finding.act.subject is None
    assert finding.confidence < find(referred_by="c-7")[0].confidence
    assert finding.evidence["words"].startswith("A friend")
    assert len(finding.evidence["words"]) == 200


@pytest.mark.parametrize(
    "members",
    [{}, {"how_did_you_hear": "  "}, {"referred_by": 7}, {"referred_by": "anna@shop.example"}],
)
def test_nobody_named(members: dict[str, Any]) -> None:
    assert find(**members) == []
