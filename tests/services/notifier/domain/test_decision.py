"""Reasons in words, and ids that never change."""

from typing import get_args

from services.notifier.domain.decision import SENTENCES, Reason
from services.notifier.domain.message import message_id
from services.notifier.domain.occasion import decision_id
from tests.services.notifier.builders import make_decision, make_occasion


def test_every_reason_can_be_read_out() -> None:
    assert set(SENTENCES) == set(get_args(Reason))
    assert all(sentence.endswith(".") for sentence in SENTENCES.values())
    assert make_decision()[0].sentence == SENTENCES["rule_applies"]


def test_ids_follow_from_what_they_are_about() -> None:
    assert decision_id("/shop", "1001") == "997b25f3be2115670391366090170fac"
    assert decision_id("/shop", "100 1") != decision_id("/shop 100", "2")
    occasion = make_occasion()
    ids = {
        message_id(occasion, "purchase", "email"),
        message_id(occasion, "purchase", "sms"),
        message_id(occasion, "review", "email"),
        message_id(make_occasion("1002"), "purchase", "email"),
    }
    assert len(ids) == 4
    assert all(len(id) == 32 for id in ids)


def test_an_occasion_has_a_special_and_a_general_name() -> None:
    assert make_occasion(kind="purchase").kinds == ("purchase",)
    assert make_occasion(kind="first.purchase").kinds == ("first.purchase", "first")
    assert make_occasion(kind="request.hello").kinds == ("request.hello",)
