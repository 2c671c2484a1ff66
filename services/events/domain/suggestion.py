"""An act that a detector has found: emitted at once or suggested, and what people made of it.

open -> confirmed | rejected | withdrawn (its evidence is gone) | emitted (found to be sure)
emitted -> confirmed | rejected | withdrawn
confirmed -> rejected | withdrawn
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from shared.contracts.acts import PREFIX
from shared.contracts.cloudevents import CloudEvent
from shared.errors import Conflict, Invalid

Status = Literal["open", "emitted", "confirmed", "rejected", "withdrawn"]

_IN_FORCE = ("emitted", "confirmed")


class Suggestion(Struct, frozen=True, kw_only=True):
    """`act` is told as it stands while the suggestion is emitted or confirmed; its subject may be
    an alias, or None until a person has said who it was.

    `pending` says that what follows from the status is not known to be on the topic yet.
    `takes_back` says that this is the withdrawal of `act`. `decided_by` is the id of an API key.
    """

    id: str
    detector: str
    status: Status
    confidence: float
    evidence: Mapping[str, Any]
    act: CloudEvent
    people: tuple[str, ...]
    found_at: datetime
    pending: bool = False
    takes_back: bool = False
    decided_at: datetime | None = None
    decided_by: str | None = None
    reason: str | None = None

    @property
    def to_tell(self) -> CloudEvent:
        """What has to be on the topic: the act, or its withdrawal."""
        return _withdrawal(self) if self.takes_back else self.act


def suggestion_id(detector: str, source: str, act_id: str) -> str:
    """The same finding is one suggestion, however often it is found."""
    return hashlib.sha256(f"{detector}\n{source}\n{act_id}".encode()).hexdigest()[:32]


def _withdrawal(suggestion: Suggestion) -> CloudEvent:
    act, decided = suggestion.act, suggestion.decided_at or suggestion.found_at
    return CloudEvent(
        id=f"withdrawal-{act.id}",
        source=act.source,
        type=f"{PREFIX}withdrawal.v1",
        subject=act.subject,
        time=decided.isoformat(),
        datacontenttype="application/json",
        data=msgspec.json.encode({"id": act.id, "reason": suggestion.reason or "rejected"}),
    )


def confirm(found: Suggestion, by: str, now: datetime, subject: str | None = None) -> Suggestion:
    """Confirmed; the same again where it is already. Raises Conflict, Invalid (no subject)."""
    if found.status == "confirmed":
        return found
    if found.status == "withdrawn":
        raise Conflict("the evidence for it is gone")
    if found.takes_back:
        raise Conflict("its act was taken back, which is for good")
    act = found.act
    if act.subject is None:
        if subject is None:
            raise Invalid("missing: nobody knows yet who it was", "/subject")
        act = replace(act, subject=subject)
    elif subject is not None and subject != act.subject:
        raise Invalid("it is known already who it was", "/subject")
    people = found.people if act.subject in found.people else (*found.people, act.subject or "")
    return replace(
        found,
        status="confirmed",
        act=act,
        people=people,
        pending=found.pending or found.status != "emitted",
        decided_at=now,
        decided_by=by,
        reason=None,
    )


def reject(found: Suggestion, by: str, now: datetime, reason: str | None) -> Suggestion:
    """Rejected; what was told is taken back. Raises Conflict."""
    if found.status == "rejected":
        return found
    if found.status == "withdrawn":
        raise Conflict("the evidence for it is gone")
    told = found.status in _IN_FORCE
    return replace(
        found,
        status="rejected",
        pending=told,
        takes_back=told,
        decided_at=now,
        decided_by=by,
        reason=reason,
    )


def lapse(found: Suggestion, now: datetime, reason: str, *, only_open: bool) -> Suggestion:
    """Withdrawn because its evidence is gone; what was told is taken back."""
    told = found.status in _IN_FORCE
    if found.status in ("rejected", "withdrawn") or (only_open and told):
        return found
    return replace(
        found,
        status="withdrawn",
        pending=told,
        takes_back=told,
        decided_at=now,
        decided_by=None,
        reason=reason,
    )


def find_again(known: Suggestion, found: Suggestion) -> Suggestion:
    """What lapsed before anything was told of it is found anew, and what a person was asked about
    is told once it is sure enough; all else stays as it is."""
    if known.status == "open" and found.status == "emitted":
        return replace(found, found_at=known.found_at)
    return found if known.status == "withdrawn" and not known.takes_back else known
