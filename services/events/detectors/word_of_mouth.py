"""Whoever a buyer names as the one who sent them has recommended the shop."""

from collections.abc import Iterable

import msgspec

from services.events.detectors.hidden_act import hidden_act
from services.events.detectors.port import Finding, Retraction, Who
from services.events.domain.admission import check_customer_id
from services.events.domain.event_data import read_data
from services.events.domain.thread import Thread
from shared.contracts.cloudevents import CloudEvent
from shared.errors import Invalid

NAMED, TOLD = 0.9, 0.5
LONGEST_ANSWER = 200


class _Purchase(msgspec.Struct):
    order_id: str
    referred_by: str = ""
    referral_code: str = ""
    how_did_you_hear: str = ""
    channel: str | None = None


class WordOfMouth:
    """`referred_by` names a customer; `how_did_you_hear` is free text that a person has to read.

    A purchase with a `referral_code` is left to the referrals.
    """

    name = "word_of_mouth"
    kinds = frozenset({"purchase"})

    def look_at_act(self, act: CloudEvent, who: Who) -> Iterable[Finding | Retraction]:
        if act.subject is None or not _may_name(act.data or b""):
            return
        bought = read_data(act, _Purchase)
        if bought is None or bought.referral_code:
            return
        buyer = who(act.subject)
        if bought.referred_by:
            if _is_person(bought.referred_by) and who(bought.referred_by) != buyer:
                yield self._finding(act, bought, buyer, who(bought.referred_by))
        elif answer := bought.how_did_you_hear.strip():
            yield self._finding(act, bought, buyer, None, answer[:LONGEST_ANSWER])

    def look_at_thread(self, thread: Thread, who: Who) -> Iterable[Finding | Retraction]:
        return ()

    def _finding(
        self, act: CloudEvent, bought: _Purchase, buyer: str, named: str | None, answer: str = ""
    ) -> Finding:
        hidden = hidden_act(
            "recommendation",
            f"recommendation-{bought.order_id}",
            act.source,
            named,
            act.time or "",
            {"channel": bought.channel},
        )
        evidence = {"bought_by": buyer, "order_id": bought.order_id}
        evidence |= {"words": answer} if named is None else {"named": named}
        people = (buyer,) if named is None else (named, buyer)
        return Finding(self.name, hidden, TOLD if named is None else NAMED, evidence, people)


def _is_person(named: str) -> bool:
    """An e-mail address or a name with spaces around it is no id, and is not kept."""
    try:
        check_customer_id(named, "/data/referred_by")
    except Invalid:
        return False
    return True


def _may_name(data: bytes) -> bool:
    """Most purchases name nobody, and need no further look."""
    return b"referred_by" in data or b"how_did_you_hear" in data
