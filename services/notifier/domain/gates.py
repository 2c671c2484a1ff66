"""What one occasion has to pass before it is worth a message at all, each by itself."""

from dataclasses import dataclass
from datetime import timedelta

from services.notifier.domain.consent import standing
from services.notifier.domain.customer import Customer
from services.notifier.domain.decision import Reason
from services.notifier.domain.marks import Mark
from services.notifier.domain.occasion import Occasion
from services.notifier.domain.policy import Policy, Route
from shared.contracts import engagement
from shared.programme.thanks_rules import ThanksRule

_MS = timedelta(milliseconds=1)
_NO_NEWS: dict[str, Reason] = {
    engagement.ORDER_REPEATED: "told_before",
    engagement.ORDER_REVISED: "told_before",
    engagement.SUPERSEDED: "told_before",
    engagement.ORDER_VOID: "taken_back",
    engagement.WITHDRAWN: "taken_back",
}


@dataclass(frozen=True, slots=True)
class Suppress:
    """It ends here."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Hold:
    """It waits `until` a time (ms) at the latest, or until something changes; None: for that."""

    reason: Reason
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Pass:
    """It is worth a message by this channel."""

    route: Route


def judge(
    occasion: Occasion,
    rule: ThanksRule,
    customer: Customer,
    policy: Policy,
    tried: tuple[str, ...],
    now: int,
) -> Suppress | Hold | Pass:
    """What stands in the way of `rule`, if anything; channels in `tried` have refused already."""
    final = _final(occasion, rule, customer, policy, now)
    if final:
        return Suppress(final)
    paused = None if rule.purpose == "recovery" else _pause(customer, policy, now)
    if paused:
        return paused
    if customer.record is None:
        return Hold("unknown_customer")
    return _route(rule, customer, policy, tried, now)


def stale_from(occasion: Occasion, rule: ThanksRule) -> int | None:
    """When it is too late for a message about `occasion`; None if it never is."""
    return None if rule.stale_after is None else occasion.time + rule.stale_after // _MS


def _final(
    occasion: Occasion, rule: ThanksRule, customer: Customer, policy: Policy, now: int
) -> Reason | None:
    if occasion.note and (no_news := _NO_NEWS.get(occasion.note)):
        return no_news
    if any(_takes_back(mark, occasion) for mark in customer.marks):
        return "taken_back"
    if customer.record is not None and customer.record.excluded:
        return "excluded"
    if rule.purpose == "promotion" and not policy.attention.promotion:
        return "promotion_off"
    until = stale_from(occasion, rule)
    return "stale" if until is not None and now >= until else None


def _takes_back(mark: Mark, occasion: Occasion) -> bool:
    if mark.kind == "withdrawn":
        return mark.key == occasion.decision_id
    return mark.kind == "order_void" and mark.is_open and mark.key == occasion.order


def _pause(customer: Customer, policy: Policy, now: int) -> Hold | None:
    pauses = policy.attention.pauses
    if pauses.open_case and customer.open_cases:
        return Hold("open_case")
    ends = [end for m in customer.marks if (end := _ends(m, "refund", pauses.pending_refund, now))]
    if ends:
        return Hold("pending_refund", max(ends))
    ends = [end for m in customer.marks if (end := _ends(m, "promise", pauses.late_parcel, now))]
    if ends:
        return Hold("late_parcel", max(ends))
    paused_until = customer.preferences.paused_until
    if paused_until is not None and now < paused_until:
        return Hold("paused_by_customer", paused_until)
    return None


def _ends(mark: Mark, kind: str, longest: timedelta | None, now: int) -> int | None:
    """When waiting for `mark` is given up, if it is waited for."""
    if mark.kind != kind or longest is None or not mark.is_open or mark.opened is None:
        return None
    end = mark.opened + longest // _MS
    return end if mark.opened <= now < end else None


def _route(
    rule: ThanksRule, customer: Customer, policy: Policy, tried: tuple[str, ...], now: int
) -> Suppress | Pass:
    wanted = customer.preferences.channels
    channels = [c for c in wanted if c in rule.channels] if wanted else list(rule.channels)
    if not channels:
        return Suppress("not_wanted_there")
    reasons: list[Reason] = []
    for name in channels:
        route = policy.routes.get(name)
        reason = _obstacle(route, rule, customer, tried, now) if route else "no_address"
        if route and reason is None:
            return Pass(route)
        reasons.append(reason or "no_address")
    return Suppress("undeliverable" if "undeliverable" in reasons else reasons[0])


def _obstacle(
    route: Route, rule: ThanksRule, customer: Customer, tried: tuple[str, ...], now: int
) -> Reason | None:
    if route.name in tried:
        return "undeliverable"
    if not customer.address(route.address):
        return "no_address"
    state = standing(customer.consents, rule.purpose, route.name, now)
    if state == "withdrawn":
        return "consent_withdrawn"
    if state is None and route.needs_consent and rule.purpose != "recovery":
        return "no_consent"
    return "address_suppressed" if route.name in customer.suppressed else None
