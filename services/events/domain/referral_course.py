"""The course of a referral: invited, visited, registered, purchased, then confirmed or rejected.

The state follows from the facts alone, so it does not matter in which order they become known.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from services.events.domain.referral import FLAGS, Referral, State, Step
from services.events.domain.referred_order import Order, first_order
from shared.programme.model import ReferralRules

LATE_CLAIM = timedelta(minutes=10)
"""A shop may tell of the order first and of the code that came with it afterwards."""


def advance(referral: Referral, rules: ReferralRules, now: datetime) -> Referral:
    """With the state that the facts come to, and the steps that led there."""
    if referral.withdrawn_at is not None or referral.referee is None:
        return referral
    step, order, due_at = _judge(referral, rules, now)
    history = _filled(referral, order)
    if not history or (step.state, step.reason) != (history[-1].state, history[-1].reason):
        history = (*history, step)
    if referral.confirmed_at is not None:
        if step.state != "rejected":
            return replace(referral, history=history)
        return replace(referral, history=history, withdrawn_at=now, untold="withdrawn", due_at=now)
    return replace(referral, history=history, due_at=due_at)


def confirm(referral: Referral, rules: ReferralRules, now: datetime) -> Referral:
    """For one that `is_ripe`, with a place under the cap."""
    return advance(replace(referral, confirmed_at=now, untold="confirmed", due_at=now), rules, now)


def is_ripe(referral: Referral, now: datetime) -> bool:
    """Whether the order has stood through its return window and nothing is held against it."""
    waiting = referral.state == "purchased" and referral.confirmed_at is None
    return waiting and referral.due_at is not None and referral.due_at <= now


def _judge(
    referral: Referral, rules: ReferralRules, now: datetime
) -> tuple[Step, Order | None, datetime | None]:
    """The state now, the order that it hangs on, and when to look again."""
    since, forgiven = referral.first_touch, referral.forgiven
    until = since + rules.attribution_window
    order = first_order(referral.tellings, since - LATE_CLAIM, until, rules.return_window)
    rejection = _rejection(referral, order, forgiven)
    if rejection is not None:
        return rejection, order, None
    if referral.confirmed_at is not None:
        return Step("confirmed", referral.confirmed_at), order, None
    if order is not None:
        ready_at = order.placed_at + rules.return_window
        held = any(f.reason in FLAGS and f.reason not in forgiven for f in referral.findings)
        return _resumed(referral, "purchased", order.placed_at), order, None if held else ready_at
    if now >= until:
        return Step("rejected", until, "expired"), None, None
    if referral.registered_at is not None:
        return _resumed(referral, "registered", referral.registered_at), None, until
    return _resumed(referral, "visited", referral.visited_at or since), None, until


def _rejection(referral: Referral, order: Order | None, forgiven: frozenset[str]) -> Step | None:
    decided = referral.decisions[-1] if referral.decisions else None
    if decided is not None and decided.verdict == "reject":
        return Step("rejected", decided.at, "staff", decided.by, decided.note)
    confirmed_at, bought_at = referral.confirmed_at, referral.bought_at
    against = [
        Step("rejected", one.at, one.reason)
        for one in referral.findings
        # What is suspected after the confirmation is for a person to judge.
        if one.reason not in FLAGS and confirmed_at is None
    ]
    if bought_at is not None and bought_at < referral.first_touch - LATE_CLAIM:
        against.append(Step("rejected", referral.first_touch, "already_customer"))
    if order is not None and order.void is not None:
        against.append(Step("rejected", order.void_at or order.placed_at, order.void))
    if order is None and confirmed_at is not None:  # The purchase itself was taken back.
        against.append(Step("rejected", confirmed_at, "cancelled"))
    against = [one for one in against if one.reason not in forgiven]
    return min(against, key=lambda one: (one.at, one.reason or ""), default=None)


def _resumed(referral: Referral, state: State, at: datetime) -> Step:
    """The state, as the step that a person's unblocking led to if that was the last word."""
    last = referral.history[-1] if referral.history else None
    if last is not None and last.state == "rejected" and referral.decisions:
        decided = referral.decisions[-1]
        return Step(state, decided.at, None, decided.by, decided.note)
    return Step(state, at)


def _filled(referral: Referral, order: Order | None) -> tuple[Step, ...]:
    """The history with the steps that the facts are enough for and that it lacks."""
    known = {step.state for step in referral.history}
    if known & {"confirmed", "rejected"}:
        return referral.history
    facts: tuple[tuple[State, datetime | None], ...] = (
        ("invited", referral.invited_at),
        ("visited", referral.visited_at),
        ("registered", referral.registered_at),
        ("purchased", order.placed_at if order else None),
    )
    lacking = tuple(Step(state, at) for state, at in facts if at and state not in known)
    return (*referral.history, *lacking)
