"""What was concluded about an occasion: one decision each, always with a reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from services.notifier.domain.occasion import Occasion
from shared.contracts.messages import Verdict
from shared.contracts.purposes import Purpose

Reason = Literal[
    "rule_applies",
    "merged_into",
    "gathering",
    "quiet_hours",
    "over_budget",
    "unknown_customer",
    "open_case",
    "pending_refund",
    "late_parcel",
    "paused_by_customer",
    "no_rule",
    "told_before",
    "taken_back",
    "excluded",
    "stale",
    "no_address",
    "no_consent",
    "consent_withdrawn",
    "address_suppressed",
    "not_wanted_there",
    "promotion_off",
    "no_room_ever",
    "sales_talk",
    "undeliverable",
    "erased",
]

SENTENCES: Mapping[Reason, str] = MappingProxyType(
    {
        "rule_applies": "The programme answers this, and nothing stood in the way.",
        "merged_into": "It went together with another message to the same customer.",
        "gathering": "It waits a little for others of the customer's, to go in one message.",
        "quiet_hours": "It is night where the customer lives; it goes when the day begins.",
        "over_budget": "The customer was written to often enough lately; it waits for its turn.",
        "unknown_customer": "It came before we knew the customer; it waits for the record.",
        "open_case": "Something went wrong for this customer; it waits until that is solved.",
        "pending_refund": "Money is on its way back to the customer; it waits until it arrived.",
        "late_parcel": "A parcel is late; it waits until the customer has it.",
        "paused_by_customer": "The customer asked us to be quiet for a while.",
        "no_rule": "The programme has no message for this.",
        "told_before": "The order had been told before; nobody is thanked for it twice.",
        "taken_back": "The act, or the order that it tells of, was taken back.",
        "excluded": "Staff and blocked customers get no messages.",
        "stale": "It was too long ago; a late message would read like a mistake.",
        "no_address": "We have no address of this customer for any channel of the rule.",
        "no_consent": "The customer has not agreed to such messages.",
        "consent_withdrawn": "The customer does not want such messages.",
        "address_suppressed": "The customer's address refused mail or complained; it is not used.",
        "not_wanted_there": "The customer does not want to be written to by the rule's channels.",
        "promotion_off": "Messages that sell are switched off.",
        "no_room_ever": "The attention budget leaves no room for such messages at all.",
        "sales_talk": "The text would have sold something, or set a condition; it was not sent.",
        "undeliverable": "Every channel refused the message.",
        "erased": "The customer was erased before anything was sent.",
    }
)


NOT_OWED: frozenset[Reason] = frozenset(("told_before", "taken_back", "excluded", "erased"))
"""Nobody waits for thanks that were suppressed for these."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What stands about one occasion. Times are ms since the epoch.

    It `arrived_at` the notifier; `decided_at` is when this verdict and reason came about. A held
    one is decided again at `due`, or when it is woken, and ends at `held_until`; None is never.
    `channel` is where the message goes, `tried` are those that refused it. One merged has the
    `message_id` of the decision `merged_into`. `revision` grows with every change; `announced`
    says whether others know this one.
    """

    id: str
    occasion: Occasion
    verdict: Verdict
    reason: Reason
    arrived_at: int
    decided_at: int
    rule: str | None = None
    purpose: Purpose | None = None
    channel: str | None = None
    message_id: str | None = None
    merged_into: str | None = None
    survey: str | None = None
    held_until: int | None = None
    due: int | None = None
    tried: tuple[str, ...] = ()
    announced: bool = True
    revision: int = 0

    @property
    def sentence(self) -> str:
        """The reason as a support agent would read it out."""
        return SENTENCES[self.reason]
