"""What becomes of all that waits for one person."""

from datetime import timedelta
from typing import Any

import pytest

from services.notifier.domain.attention import Attention, Charge
from services.notifier.domain.consent import Consent
from services.notifier.domain.planning import plan, reconsider
from shared.programme.thanks_rules import Audience
from tests.services.notifier.builders import (
    AGREED,
    TIME,
    make_customer,
    make_occasion,
    make_plan,
    make_policy,
    make_rule,
)
from tests.services.notifier.domain.planned import HOUR, rule_on, verdicts


def test_one_that_passes_is_thanked() -> None:
    made = make_plan()
    (decision,), (message,) = made.new, made.messages
    assert (decision.verdict, decision.reason, decision.rule) == (
        "thanked",
        "rule_applies",
        "purchase",
    )
    assert (decision.channel, decision.message_id) == ("email", message.id)
    assert (decision.survey, decision.held_until, decision.due) == ("order", None, None)
    assert made.charges == (Charge(message.id, TIME, "thanks", asks=True),)
    assert (message.due, message.since, message.order) == (TIME, TIME, "1001")
    assert made.revision == 0


def test_what_nobody_answers_needs_no_more_than_a_line() -> None:
    made = make_plan(make_occasion(kind="share", note="no_rule"))
    (decision,) = made.new
    assert (decision.verdict, decision.reason, decision.rule) == ("suppressed", "no_rule", None)
    assert (decision.occasion.data, decision.occasion.note) == (b"", None)
    assert (made.revision, made.charges, made.messages, made.seen) == (None, None, (), None)


@pytest.mark.parametrize(("state", "link"), [("granted", "order"), ("withdrawn", None)])
def test_a_link_to_a_survey_heeds_a_refusal(state: Any, link: str | None) -> None:
    said = Consent(purpose="survey", channel="email", state=state, time=1)
    assert make_plan(customer=make_customer(consents=(AGREED, said))).new[0].survey == link


def test_one_occasion_that_comes_twice_in_a_batch_is_decided_once() -> None:
    policy = make_policy(rule_on("purchase", merges=timedelta()))
    made = make_plan(make_occasion(), make_occasion(), policy=policy)
    assert verdicts(made) == [("thanked", "rule_applies")]


def test_one_that_is_held_already_is_not_new() -> None:
    held = make_plan(now=TIME + 11 * HOUR).new
    made = make_plan(make_occasion(), held=held)
    assert (made.new, verdicts(made)) == ((), [("thanked", "rule_applies")])


def test_what_says_the_same_is_not_announced_again() -> None:
    (held,) = make_plan(now=TIME + 11 * HOUR).new
    assert make_plan(held=[held], now=TIME + 12 * HOUR).changed == ()
    (going,) = make_plan(held=[held], now=TIME + 20 * HOUR).changed
    assert (going.announced, going.revision, going.decided_at) == (False, 0, TIME + 20 * HOUR)


def test_what_is_held_for_a_rule_that_is_gone_ends() -> None:
    held = make_plan(now=TIME + 11 * HOUR).new
    made = make_plan(held=held, policy=make_policy(make_rule("other", on="share")))
    assert verdicts(made) == [("suppressed", "no_rule")]
    assert (made.changed[0].rule, made.changed[0].due) == (None, None)


def test_the_first_of_a_kind_stays_the_first() -> None:
    first, later = Audience(first=True), Audience(first=False)
    policy = make_policy(
        rule_on("welcome", on="purchase", audience=first),
        rule_on("again", on="purchase", audience=later),
    )
    made = make_plan(make_occasion("1"), make_occasion("2"), policy=policy)
    assert [one.rule for one in made.new] == ["welcome", "again"]
    assert made.seen == {"purchase": made.new[0].id}
    assert made.revision == 0
    known = make_customer(seen=made.seen)
    third = make_plan(make_occasion("3"), customer=known, policy=policy)
    assert (third.new[0].rule, third.seen) == ("again", None)


def test_a_message_goes_to_whom_it_happened_and_is_charged_to_whom_they_became() -> None:
    survivor = make_customer("c-new", attention=Attention((), 7))
    made = plan(survivor, (), [make_occasion(customer="c-old")], make_policy(), TIME)
    assert (made.customer, made.revision) == ("c-new", 7)
    assert made.messages[0].customer == made.new[0].occasion.customer == "c-old"


def test_what_is_sent_later_is_charged_later() -> None:
    made = make_plan()
    charges = made.charges or ()
    customer = make_customer(attention=Attention(charges, 1))
    again = reconsider(customer, made.messages[0], made.new, make_policy(), TIME + HOUR)
    assert [one.id for one in again.messages] == [made.messages[0].id]
    assert again.charges == (Charge(made.messages[0].id, TIME + HOUR, "thanks", asks=True),)
    assert (again.revision, again.changed) == (1, ())
    night = reconsider(customer, made.messages[0], made.new, make_policy(), TIME + 11 * HOUR)
    assert verdicts(night) == [("held", "quiet_hours")]
    assert (night.messages, night.charges, night.revision) == ((), (), 1)


def test_a_message_does_not_stand_in_its_own_way() -> None:
    policy = make_policy(budget=({"at_most": 1, "per": "day"},))
    made = make_plan(policy=policy)
    customer = make_customer(attention=Attention(made.charges or (), 1))
    again = reconsider(customer, made.messages[0], made.new, policy, TIME + HOUR)
    assert [one.id for one in again.messages] == [made.messages[0].id]
