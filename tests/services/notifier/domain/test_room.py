"""Who goes and who waits where there is room for some only, and when there is room again."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifier.domain.attention import Attention, Charge, charged
from services.notifier.domain.planning import Plan
from services.notifier.domain.preferences import Preferences
from shared.contracts.purposes import PURPOSES, Purpose
from tests.services.notifier.builders import (
    DAY,
    TIME,
    make_customer,
    make_occasion,
    make_plan,
    make_policy,
    make_rule,
)
from tests.services.notifier.domain import oracle
from tests.services.notifier.domain.places import BACK, WINDOWS, ZONES
from tests.services.notifier.domain.planned import HOUR, decide, rule_on, verdicts


@settings(max_examples=150, deadline=None)
@given(
    purposes=st.lists(st.tuples(st.sampled_from(PURPOSES), st.integers(0, 2)), max_size=5),
    windows=WINDOWS,
    back=BACK,
    zone=ZONES,
)
def test_room_goes_to_the_most_important_as_if_all_orders_were_tried(
    purposes: list[tuple[Purpose, int]], windows: Any, back: list[tuple[int, Purpose]], zone: Any
) -> None:
    rules = {
        f"{purpose}-{rank}": rule_on(
            f"{purpose}-{rank}", purpose=purpose, rank=rank, merges=None, channels=("inbox",)
        )
        for purpose in PURPOSES
        for rank in range(3)
    }
    policy = make_policy(*rules.values(), promotion=True)
    policy = replace(policy, attention=replace(policy.attention, budget=tuple(windows)))
    charges: tuple[Charge, ...] = ()
    for n, (ago, purpose) in enumerate(back):
        charges = charged(charges, Charge(f"m-{n}", TIME - abs(ago) * 60_000, purpose))
    customer = make_customer(time_zone=zone.key, attention=Attention(charges))
    occasions = [
        make_occasion(str(n), kind=f"{purpose}-{rank}", day=-n / DAY)
        for n, (purpose, rank) in enumerate(purposes)
    ]
    made = make_plan(*occasions, customer=customer, policy=policy) if occasions else Plan("c-1")
    ordered = sorted(
        occasions,
        key=lambda o: (PURPOSES.index(rules[o.kind].purpose), -rules[o.kind].rank, o.time),
    )
    candidates = [(one.decision_id, rules[one.kind].purpose) for one in ordered]
    expected = oracle.chosen(candidates, charges, windows, TIME, [zone])
    assert {message.decision_id for message in made.messages} == expected
    for one in made.new:
        assert one.verdict == ("thanked" if one.id in expected else "held")


def test_a_wait_ends_at_the_latest_when_it_is_stale() -> None:
    policy = make_policy(
        rule_on("review", stale_after=timedelta(hours=2)), budget=({"at_most": 1, "per": "day"},)
    )
    busy = make_customer(attention=Attention((Charge("m", TIME - 1, "survey"),), 4))
    (held,) = decide(policy, "review", customer=busy).new
    assert (held.reason, held.due, held.held_until) == (
        "over_budget",
        TIME + 2 * HOUR,
        TIME + 2 * HOUR,
    )
    made = make_plan(held=[held], customer=busy, policy=policy, now=TIME + 2 * HOUR)
    assert verdicts(made) == [("suppressed", "stale")]


def test_the_reason_of_a_long_wait_is_the_budget_also_at_night() -> None:
    """It said that it would go in the morning, when it was to go in a week."""
    policy = make_policy(rule_on("review", stale_after=None), budget=({"at_most": 1, "per": "7d"},))
    night = TIME + 11 * HOUR
    assert verdicts(decide(policy, "review", now=night)) == [("held", "quiet_hours")]
    busy = make_customer(attention=Attention((Charge("m", TIME, "survey"),)))
    (held,) = decide(policy, "review", customer=busy, now=night).new
    assert (held.reason, held.due) == ("over_budget", TIME + 7 * DAY)


def test_what_would_have_room_at_night_waits_for_the_morning() -> None:
    policy = make_policy(rule_on("review"), budget=({"at_most": 1, "per": "12h"},))
    busy = make_customer(time_zone="UTC", attention=Attention((Charge("m", TIME, "survey"),)))
    (held,) = decide(policy, "review", customer=busy).new
    assert held.due == TIME + 20 * HOUR  # noon, midnight, 08:00


def test_quiet_hours_that_never_end_end_for_the_middle_of_a_country() -> None:
    policy = make_policy(rule_on("review"), quiet_hours={"from": "18:00", "to": "09:00"})
    russia = make_customer(country="RU")
    (held,) = decide(policy, "review", customer=russia, now=TIME + 3 * HOUR).new
    assert held.due is not None
    made = make_plan(held=[held], customer=russia, policy=policy, now=held.due)
    assert verdicts(made) == [("thanked", "rule_applies")]


def test_what_disturbs_nobody_goes_at_night() -> None:
    policy = make_policy(rule_on("review", channels=("inbox",)))
    assert verdicts(decide(policy, "review", now=TIME + 11 * HOUR)) == [("thanked", "rule_applies")]


def test_what_never_has_room_ends() -> None:
    policy = make_policy(rule_on("review"), budget=({"at_most": 0, "per": "day"},))
    assert verdicts(decide(policy, "review")) == [("suppressed", "no_room_ever")]


def test_a_rarer_wish_holds_all_but_recovery() -> None:
    policy = make_policy(rule_on("review"), rule_on("late", purpose="recovery"))
    wish = make_customer(
        preferences=Preferences(frequency="weekly"),
        attention=Attention((Charge("m", TIME - DAY, "touchpoint"),)),
    )
    made = decide(policy, "review", "late", customer=wish)
    assert verdicts(made) == [("held", "over_budget"), ("thanked", "rule_applies")]
    assert made.new[0].due == TIME + 6 * DAY


def test_a_message_asks_only_where_there_is_room_for_a_question() -> None:
    budget = ({"at_most": 9, "per": "day"}, {"at_most": 1, "per": "14d", "purposes": ["survey"]})
    policy = make_policy(make_rule(stale_after=None), budget=budget)
    first = make_plan(make_occasion("1"), policy=policy)
    assert first.new[0].survey == "order"
    assert first.charges is not None
    asked = make_customer(attention=Attention(first.charges, 1))
    soon = make_plan(make_occasion("2"), customer=asked, policy=policy, now=TIME + 13 * DAY)
    assert (soon.new[0].verdict, soon.new[0].survey) == ("thanked", None)
    later = make_plan(make_occasion("3"), customer=asked, policy=policy, now=TIME + 14 * DAY)
    assert later.new[0].survey == "order"
