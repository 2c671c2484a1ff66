"""What one occasion must pass: every reason once, and what recovery is spared."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from services.notifier.domain.consent import Consent
from services.notifier.domain.customer import Customer
from services.notifier.domain.gates import Hold, Pass, Suppress, judge, stale_from
from services.notifier.domain.marks import Mark
from services.notifier.domain.occasion import Occasion
from services.notifier.domain.preferences import Preferences
from shared.contracts import engagement
from tests.services.notifier.builders import (
    AGREED,
    DAY,
    TIME,
    make_customer,
    make_occasion,
    make_policy,
    make_rule,
)

MONTH = 30 * DAY
LATE = Mark(kind="promise", key="1001", opened=TIME - DAY)
SENT_BACK = Mark(kind="refund", key="1001", opened=TIME - DAY)
VOID = Mark(kind="order_void", key="1001", opened=TIME - DAY)
REFUSED = Consent(purpose="thanks", channel="any", state="withdrawn", time=TIME)
ANYWHERE = Consent(purpose="thanks", channel="any", state="granted", time=1)
PAUSES = [
    ({"open_cases": frozenset(("k-1",))}, Hold("open_case")),
    ({"marks": (SENT_BACK,)}, Hold("pending_refund", TIME - DAY + MONTH)),
    ({"marks": (LATE,)}, Hold("late_parcel", TIME - DAY + MONTH)),
    ({"preferences": Preferences(paused_until=TIME + 1)}, Hold("paused_by_customer", TIME + 1)),
]


def conclude(
    changes: Mapping[str, Any] | None = None,
    occasion: Occasion | None = None,
    *,
    rule: Mapping[str, Any] | None = None,
    tried: tuple[str, ...] = (),
    now: int = TIME,
    **attention: Any,
) -> Suppress | Hold | Pass | str:
    """What the gates say; of a pass the channel."""
    customer = make_customer(**(changes or {}))
    found = judge(
        occasion or make_occasion(),
        make_rule(**(rule or {})),
        customer,
        make_policy(**attention),
        tried,
        now,
    )
    return found.route.name if isinstance(found, Pass) else found


def test_what_nothing_stands_in_the_way_of_passes() -> None:
    assert conclude() == "email"


@pytest.mark.parametrize(
    ("note", "reason"),
    [
        (engagement.ORDER_REPEATED, "told_before"),
        (engagement.ORDER_REVISED, "told_before"),
        (engagement.SUPERSEDED, "told_before"),
        (engagement.ORDER_VOID, "taken_back"),
        (engagement.WITHDRAWN, "taken_back"),
    ],
)
def test_what_is_no_news_ends(note: str, reason: Any) -> None:
    assert conclude({}, make_occasion(note=note)) == Suppress(reason)
    assert conclude({}, make_occasion(note="daily_cap")) == "email"


def test_what_was_taken_back_ends() -> None:
    occasion = make_occasion()
    withdrawn = Mark(kind="withdrawn", key=occasion.decision_id, opened=TIME)
    assert conclude({"marks": (withdrawn,)}) == Suppress("taken_back")
    assert conclude({"marks": (VOID,)}) == Suppress("taken_back")
    assert conclude({"marks": (VOID,)}, rule={"purpose": "recovery"}) == Suppress("taken_back")
    told_anew = Mark(kind="order_void", key="1001", opened=TIME - DAY, closed=TIME - DAY)
    assert conclude({"marks": (told_anew,)}) == "email"
    assert conclude({"marks": (VOID,)}, make_occasion(order="1002")) == "email"
    assert conclude({"marks": (VOID,)}, make_occasion(order=None)) == "email"
    other = Mark(kind="withdrawn", key="another", opened=TIME)
    assert conclude({"marks": (other,)}) == "email"


@pytest.mark.parametrize("excluded", ["staff", "blocked"])
def test_staff_and_blocked_get_nothing(excluded: str) -> None:
    assert conclude({"excluded": excluded}) == Suppress("excluded")
    assert conclude({"excluded": excluded}, rule={"purpose": "recovery"}) == Suppress("excluded")


def test_promotion_is_off_unless_switched_on() -> None:
    agreed = {"consents": (Consent(purpose="promotion", channel="email", state="granted", time=1),)}
    promotion = {"purpose": "promotion"}
    assert conclude(agreed, rule=promotion) == Suppress("promotion_off")
    assert conclude(agreed, rule=promotion, promotion=True) == "email"
    assert conclude(rule=promotion, promotion=True) == Suppress("no_consent")


def test_it_is_stale_from_the_very_moment_on() -> None:
    week = TIME + 7 * DAY
    assert conclude(now=week - 1) == "email"
    assert conclude(now=week) == Suppress("stale")
    assert stale_from(make_occasion(), make_rule()) == week
    never: dict[str, Any] = {"stale_after": None}
    assert conclude(rule=never, now=week * 2) == "email"
    assert stale_from(make_occasion(), make_rule(**never)) is None


@pytest.mark.parametrize(("changes", "hold"), PAUSES)
@pytest.mark.parametrize("purpose", ["thanks", "survey", "touchpoint"])
def test_pauses_hold_all(changes: Mapping[str, Any], hold: Hold, purpose: Any) -> None:
    assert conclude(changes, rule={"purpose": purpose}) == hold


@pytest.mark.parametrize(("changes", "hold"), PAUSES)
def test_recovery_passes_pauses_and_needs_no_consent(
    changes: Mapping[str, Any], hold: Hold
) -> None:
    assert conclude({**changes, "consents": ()}, rule={"purpose": "recovery"}) == "email"


def test_pauses_can_be_switched_off() -> None:
    off = {"open_case": False, "pending_refund": "never", "late_parcel": "never"}
    changes = {"open_cases": frozenset(("k",)), "marks": (LATE, SENT_BACK)}
    assert conclude(changes, pauses=off) == "email"


@pytest.mark.parametrize("kind", ["promise", "refund"])
def test_an_order_is_waited_for_in_its_time_only(kind: Any) -> None:
    def at(opened: int | None, closed: int | None = None) -> Suppress | Hold | Pass | str:
        return conclude({"marks": (Mark(kind=kind, key="7", opened=opened, closed=closed),)})

    assert at(TIME + 1) == "email"
    assert isinstance(at(TIME), Hold)
    assert isinstance(at(TIME - MONTH + 1), Hold)
    assert at(TIME - MONTH) == "email"
    assert at(TIME - 2, TIME - 1) == "email"
    assert at(TIME - 2, TIME - 2) == "email"
    assert (at(TIME - 2, TIME - 3) == "email") == (kind == "promise")
    assert at(None, TIME) == "email"


def test_of_two_late_parcels_the_later_is_waited_for() -> None:
    later = Mark(kind="promise", key="1002", opened=TIME - 5)
    assert conclude({"marks": (LATE, later)}) == Hold("late_parcel", TIME - 5 + MONTH)


def test_who_is_not_known_yet_is_waited_for() -> None:
    customer = Customer("c-1", consents=(AGREED,))
    found = judge(make_occasion(), make_rule(), customer, make_policy(), (), TIME)
    assert found == Hold("unknown_customer")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"email": None}, "no_address"),
        ({"email": ""}, "no_address"),
        ({"consents": ()}, "no_consent"),
        ({"consents": (AGREED, REFUSED)}, "consent_withdrawn"),
        ({"suppressed": {"email": "complaint"}}, "address_suppressed"),
        ({"preferences": Preferences(channels=("sms",))}, "not_wanted_there"),
    ],
)
def test_why_there_is_no_way_to_them(changes: Mapping[str, Any], reason: Any) -> None:
    assert conclude(changes) == Suppress(reason)


def test_a_refusal_of_recovery_counts() -> None:
    refused = Consent(purpose="recovery", channel="email", state="withdrawn", time=TIME)
    assert conclude({"consents": (refused,)}, rule={"purpose": "recovery"}) == Suppress(
        "consent_withdrawn"
    )


def test_a_channel_that_does_not_exist_reaches_nobody() -> None:
    assert conclude(rule={"channels": ("pigeon",)}) == Suppress("no_address")
    assert conclude(rule={"channels": ("pigeon", "email")}) == "email"


def test_channels_are_tried_in_the_order_of_the_rule_or_of_their_wish() -> None:
    many = {"channels": ("sms", "email", "inbox")}
    assert conclude(rule=many) == "email"  # no phone
    assert conclude(rule=many, tried=("email",)) == "inbox"  # needs no consent
    assert conclude({"consents": (REFUSED,)}, rule=many) == Suppress("no_address")
    reachable = {"phone": "+34600000000", "consents": (ANYWHERE,)}
    assert conclude(reachable, rule=many) == "sms"
    wish = {"preferences": Preferences(channels=("push", "inbox", "sms"))}
    assert conclude({**reachable, **wish}, rule=many) == "inbox"
    assert conclude({**reachable, **wish}, rule=many, tried=("inbox",)) == "sms"


def test_of_what_every_channel_refused_the_reason_is_that() -> None:
    assert conclude(tried=("email",)) == Suppress("undeliverable")
    assert conclude(rule={"channels": ("sms", "email")}, tried=("email",)) == Suppress(
        "undeliverable"
    )


def test_gates_ask_nothing_of_attention() -> None:
    """Whether there is room is asked of all that passed, side by side."""
    customer = make_customer()
    tired = replace(customer, attention=replace(customer.attention, revision=9))
    policy = make_policy(budget=({"at_most": 0, "per": "day"},))
    assert isinstance(judge(make_occasion(), make_rule(), tired, policy, (), TIME), Pass)
