"""Whether to thank for an act: one decision an act, always with a reason."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from types import MappingProxyType
from typing import Literal

from services.notifier.domain.act import Act
from services.notifier.domain.customer import Customer
from shared.contracts import engagement
from shared.contracts.messages import Verdict
from shared.programme.model import ThanksRule

Reason = Literal[
    "rule_applies",
    "no_rule",
    "told_before",
    "taken_back",
    "stale",
    "open_case",
    "unknown_customer",
    "no_address",
    "no_consent",
    "consent_withdrawn",
    "erased",
]

SENTENCES: Mapping[Reason, str] = MappingProxyType(
    {
        "rule_applies": "The programme thanks for this act, and nothing stood in the way.",
        "no_rule": "The programme has no thank-you for this kind of act.",
        "told_before": "The order had been told before; nobody is thanked for it twice.",
        "taken_back": "The act, or the order that it tells of, had been taken back.",
        "stale": "The act was too long ago; a late thank-you would read like a mistake.",
        "open_case": "Something went wrong for this customer; the thanks wait until it is solved.",
        "unknown_customer": "The act arrived before we knew the customer; it waits for the record.",
        "no_address": "We have no e-mail address of this customer.",
        "no_consent": "The customer has not agreed to receive thanks by e-mail.",
        "consent_withdrawn": "The customer no longer wants to receive thanks by e-mail.",
        "erased": "The customer was erased before anything was sent.",
    }
)

_NO_NEWS: Mapping[str, Reason] = MappingProxyType(
    {
        engagement.ORDER_REPEATED: "told_before",
        engagement.ORDER_REVISED: "told_before",
        engagement.SUPERSEDED: "told_before",
        engagement.ORDER_VOID: "taken_back",
        engagement.WITHDRAWN: "taken_back",
    }
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What stands about one act. Times are ms since the epoch.

    A held one is decided again at `due`, or when it is woken, and ends at `held_until`; None is
    never. `revision` grows with every change; `announced` says whether others know this one.
    """

    id: str
    act: Act
    verdict: Verdict
    reason: Reason
    decided_at: int
    rule: str | None = None
    message_id: str | None = None
    survey: str | None = None
    held_until: int | None = None
    due: int | None = None
    announced: bool = True
    revision: int = 0

    @property
    def sentence(self) -> str:
        """The reason as a support agent would read it out."""
        return SENTENCES[self.reason]


def decide(act: Act, rule: ThanksRule | None, customer: Customer, now: int) -> Decision | None:
    """The decision about `act` at `now`; None for an erased customer, of whom nothing is kept."""
    if customer.erased:
        return None
    verdict, reason = _conclude(act, rule, customer, now)
    act = replace(act, note=None)
    decision = Decision(act.decision_id, replace(act, data=b""), verdict, reason, now)
    if rule is None:
        return decision
    decision = replace(decision, rule=rule.name)
    if verdict == "suppressed":
        return decision
    decision = replace(decision, act=act)
    if verdict == "held":
        until = stale_from(act, rule)
        return replace(decision, held_until=until, due=until)
    return replace(
        decision,
        message_id=message_id(act, rule.name, rule.channels[0]),
        survey=rule.survey if customer.wants_surveys else None,
    )


def stale_from(act: Act, rule: ThanksRule) -> int | None:
    """When it is too late to thank for `act`; None if it never is."""
    if rule.stale_after is None:
        return None
    return act.time + rule.stale_after // timedelta(milliseconds=1)


def message_id(act: Act, rule: str, channel: str) -> str:
    """32 hex digits: the same act, rule and channel never make a second message."""
    identity = f"{act.ref.source} {act.ref.id}\n{rule}\n{channel}"
    return hashlib.sha256(identity.encode()).hexdigest()[:32]


def _conclude(
    act: Act, rule: ThanksRule | None, customer: Customer, now: int
) -> tuple[Verdict, Reason]:
    if rule is None:
        return "suppressed", "no_rule"
    if act.note and (no_news := _NO_NEWS.get(act.note)):
        return "suppressed", no_news
    until = stale_from(act, rule)
    if until is not None and now >= until:
        return "suppressed", "stale"
    if customer.open_cases:
        return "held", "open_case"
    if customer.revision is None:
        return "held", "unknown_customer"
    if customer.email is None:
        return "suppressed", "no_address"
    if customer.thanks is None:
        return "suppressed", "no_consent"
    if customer.thanks == "withdrawn":
        return "suppressed", "consent_withdrawn"
    return "thanked", "rule_applies"
