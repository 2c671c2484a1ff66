"""Whether to thank: one verdict, the right reason, and never against somebody's will."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.domain.customer import Customer
from services.notifier.domain.decision import SENTENCES, Decision, decide, message_id
from shared.programme.model import ThanksRule
from tests.services.notifier.builders import DAY, TIME, make_act, make_customer, make_rule

NAMES = st.sampled_from((None, "Ada"))
STATES = st.sampled_from((None, "granted", "withdrawn"))
CUSTOMERS = st.builds(
    Customer,
    id=st.just("c-1"),
    revision=st.sampled_from((None, 1)),
    name=NAMES,
    email=st.sampled_from((None, "ada@example.org")),
    locale=st.sampled_from((None, "fr")),
    thanks=STATES,
    surveys=STATES,
    open_cases=st.frozensets(st.sampled_from(("k-1", "k-2"))),
    erased=st.booleans(),
)
RULES = st.one_of(
    st.none(),
    st.builds(make_rule, st.one_of(st.none(), st.timedeltas(timedelta(0), timedelta(30)))),
)
DAYS = st.floats(-40, 0)


def conclude(customer: Customer, rule: ThanksRule | None = None, day: float = 0) -> Decision:
    decision = decide(make_act(day=day), rule or make_rule(), customer, TIME)
    assert decision is not None
    return decision


@given(CUSTOMERS, RULES, DAYS)
def test_there_is_one_decision_unless_the_customer_was_erased(
    customer: Customer, rule: ThanksRule | None, day: float
) -> None:
    act = make_act(day=day)
    decision = decide(act, rule, customer, TIME)
    assert (decision is None) == customer.erased
    assert decision == decide(act, rule, customer, TIME)
    if decision is None:
        return
    assert decision.verdict in ("thanked", "held", "suppressed")
    assert decision.sentence
    assert (decision.message_id is not None) == (decision.verdict == "thanked")
    assert decision.verdict == "held" or decision.due is None
    assert bool(decision.act.data) == (decision.verdict != "suppressed")


@given(CUSTOMERS, RULES, DAYS)
def test_nobody_is_thanked_against_their_will(
    customer: Customer, rule: ThanksRule | None, day: float
) -> None:
    decision = decide(make_act(day=day), rule, customer, TIME)
    if decision is not None and decision.verdict == "thanked":
        assert customer.thanks == "granted"
        assert customer.email
        assert not customer.open_cases
        assert decision.survey is None or customer.surveys != "withdrawn"


@given(CUSTOMERS, RULES, DAYS)
def test_a_held_decision_becomes_stale_when_it_falls_due(
    customer: Customer, rule: ThanksRule | None, day: float
) -> None:
    decision = decide(make_act(day=day), rule, customer, TIME)
    if decision is not None and decision.due is not None:
        assert decision.due > TIME
        later = decide(make_act(day=day), rule, customer, decision.due)
        assert later is not None
        assert (later.verdict, later.reason) == ("suppressed", "stale")


@pytest.mark.parametrize(
    ("customer", "expected"),
    [
        (make_customer(), ("thanked", "rule_applies")),
        (make_customer(open_cases=frozenset(("k-1",))), ("held", "open_case")),
        (Customer("c-1", open_cases=frozenset(("k-1",))), ("held", "open_case")),
        (Customer("c-1"), ("held", "unknown_customer")),
        (make_customer(email=None, thanks=None), ("suppressed", "no_address")),
        (make_customer(thanks=None), ("suppressed", "no_consent")),
        (make_customer(thanks="withdrawn"), ("suppressed", "consent_withdrawn")),
    ],
)
def test_the_first_thing_in_the_way_is_the_reason(
    customer: Customer, expected: tuple[str, str]
) -> None:
    decision = conclude(customer)
    assert (decision.verdict, decision.reason) == expected
    assert conclude(customer, day=-7).reason == "stale"
    without_rule = decide(make_act(), None, customer, TIME)
    assert without_rule is not None
    assert without_rule.reason == "no_rule"
    assert without_rule.rule is None


@pytest.mark.parametrize(
    ("note", "reason"),
    [
        ("order_repeated", "told_before"),
        ("order_revised", "told_before"),
        ("superseded", "told_before"),
        ("order_void", "taken_back"),
        ("withdrawn", "taken_back"),
        ("refunded_before", "rule_applies"),
        (None, "rule_applies"),
    ],
)
def test_what_is_no_news_is_not_thanked_for(note: str | None, reason: str) -> None:
    decision = decide(replace(make_act(), note=note), make_rule(), make_customer(), TIME)
    assert decision is not None
    assert decision.reason == reason
    assert decision.act.note is None


def test_an_act_is_stale_to_the_millisecond() -> None:
    rule = make_rule(timedelta(hours=1))
    act = make_act()
    hour = 3_600_000
    verdicts = [decide(act, rule, make_customer(), TIME + hour + by) for by in (-1, 0)]
    assert [d and d.reason for d in verdicts] == ["rule_applies", "stale"]


def test_where_nothing_gets_stale_a_held_act_waits_for_ever() -> None:
    decision = conclude(Customer("c-1"), make_rule(None), day=-3000)
    assert (decision.verdict, decision.due, decision.held_until) == ("held", None, None)


def test_held_until_is_when_the_act_gets_stale() -> None:
    decision = conclude(Customer("c-1"), day=-2)
    assert decision.held_until == TIME + 5 * DAY


def test_ids_follow_from_the_identity() -> None:
    act, same, other = make_act(day=-1), make_act(customer="c-2"), make_act("2")
    assert act.decision_id == same.decision_id != other.decision_id
    ids = {
        message_id(act, "a", "email"),
        message_id(act, "b", "email"),
        message_id(act, "a", "letter"),
        message_id(other, "a", "email"),
    }
    assert len(ids) == 4
    assert message_id(act, "a", "email") == message_id(same, "a", "email")


def test_every_reason_is_a_sentence() -> None:
    assert all(text[0].isupper() and text.endswith(".") for text in SENTENCES.values())
