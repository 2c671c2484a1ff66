"""Several messages in one."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.notifier.domain.attention import Attention
from services.notifier.domain.consent import Consent
from services.notifier.domain.planning import reconsider
from tests.services.notifier.builders import (
    AGREED,
    TIME,
    make_customer,
    make_occasion,
    make_plan,
    make_policy,
)
from tests.services.notifier.domain.planned import HOUR, decide, rule_on, verdicts

ONCE = ({"at_most": 1, "per": "day"},)
MERGES: dict[str, Any] = {"merges": timedelta()}


def test_the_higher_rank_leads_and_the_others_go_along() -> None:
    policy = make_policy(
        rule_on("review", **MERGES),
        rule_on("purchase", rank=2, **MERGES),
        rule_on("answer", survey="nps", **MERGES),
        budget=ONCE,
    )
    made = decide(policy, "review", "purchase", "answer")
    review, purchase, answer = made.new
    assert [one.verdict for one in made.new] == ["merged", "thanked", "merged"]
    assert review.merged_into == answer.merged_into == purchase.id
    (message,) = made.messages
    assert {one.message_id for one in made.new} == {message.id}
    assert (message.decision_id, message.rule) == (purchase.id, "purchase")
    assert (purchase.survey, review.survey, answer.survey) == ("nps", None, None)


@pytest.mark.parametrize(
    "other",
    [
        {"merges": None},
        {"purpose": "touchpoint"},
        {"channels": ("inbox",)},
    ],
)
def test_what_does_not_fit_in_one_message_goes_apart(other: dict[str, Any]) -> None:
    policy = make_policy(rule_on("purchase", rank=1, **MERGES), rule_on("review", **MERGES | other))
    agreed = (AGREED, Consent(purpose="touchpoint", channel="any", state="granted", time=1))
    made = decide(policy, "purchase", "review", customer=make_customer(consents=agreed))
    assert [one.verdict for one in made.new] == ["thanked", "thanked"]
    assert len(made.messages) == 2


def test_what_a_channel_refused_does_not_go_along_by_it() -> None:
    policy = make_policy(
        rule_on("purchase", rank=1, **MERGES),
        rule_on("review", channels=("email", "inbox"), **MERGES),
        budget=ONCE,
    )
    (held,) = decide(policy, "review", now=TIME + 9 * HOUR).new  # at night
    refused = replace(held, tried=("email",))
    made = make_plan(make_occasion("p"), held=[refused], policy=policy)
    assert [(m.rule, m.channel) for m in made.messages] == [("purchase", "email")]
    assert verdicts(made) == [("thanked", "rule_applies"), ("held", "over_budget")]


def test_it_gathers_until_the_first_is_ripe() -> None:
    policy = make_policy(
        rule_on("purchase", merges=timedelta(hours=3), rank=1),
        rule_on("review", merges=timedelta(hours=1)),
    )
    first = decide(policy, "purchase")
    assert verdicts(first) == [("held", "gathering")]
    assert first.new[0].due == TIME + 3 * HOUR
    review = make_occasion("r", kind="review")
    second = make_plan(review, held=first.new, policy=policy, now=TIME + HOUR)
    assert verdicts(second) == [("held", "gathering")] * 2
    assert [one.due for one in (*second.new, *second.changed)] == [TIME + 2 * HOUR] * 2
    held = [*second.new, *second.changed]
    third = make_plan(held=held, policy=policy, now=TIME + 2 * HOUR)
    assert verdicts(third) == [("merged", "merged_into"), ("thanked", "rule_applies")]


def test_what_need_not_gather_goes_even_by_a_clock_that_is_behind() -> None:
    policy = make_policy(rule_on("purchase", **MERGES))
    made = decide(policy, "purchase", now=TIME)
    customer = make_customer(attention=Attention(made.charges or (), 1))
    again = reconsider(customer, made.messages[0], made.new, policy, TIME - 50)
    assert [one.id for one in again.messages] == [made.messages[0].id]
