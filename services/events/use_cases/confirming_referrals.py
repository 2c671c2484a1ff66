"""Referrals whose time has come: confirmed, expired, and both sides told by acts."""

from dataclasses import dataclass

import msgspec

from services.events.domain.referral import (
    Finding,
    Referral,
    add_findings,
    add_tellings,
    tell,
)
from services.events.domain.referral_course import confirm, is_ripe
from services.events.ports.invitations import Invitations
from services.events.ports.referrals import Referrals
from services.events.use_cases.changing_referrals import ChangeReferral
from services.events.use_cases.suspecting import SuspectReferral
from services.events.use_cases.taking import TakeEvents
from shared.clock import Clock
from shared.contracts.acts import PREFIX
from shared.contracts.cloudevents import CloudEvent
from shared.programme.model import ReferralRules

SOURCE = "/referrals"
AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class ConfirmReferrals:
    """The work of a round, which any number of replicas may do at once: each change of a referral
    is one writer's, and the acts have ids of their own, so that they count once."""

    invitations: Invitations
    referrals: Referrals
    suspect: SuspectReferral
    change: ChangeReferral
    take: TakeEvents
    rules: ReferralRules
    clock: Clock

    async def __call__(self) -> bool:
        """Whether there may be more to do at once. Raises Unavailable."""
        due = await self.referrals.due(self.clock.now(), AT_ONCE)
        moved = [await self._move_on(referral) for referral in due]
        return len(due) == AT_ONCE and any(moved)

    async def _move_on(self, referral: Referral) -> bool:
        """Whether anything has changed."""
        now = await self.change(referral.id, lambda it: it)
        if now is not None and is_ripe(now, self.clock.now()):
            now = await self._confirm(now)
        if now is not None and now.untold is not None:
            now = await self._tell(now)
        return now != referral

    async def _confirm(self, referral: Referral) -> Referral | None:
        """Look at both sides again: more may be known of them than when the claim was made."""
        found = await self.suspect(referral)
        first = await self.suspect.first_purchases(referral.referee or "")
        known = await self.change(
            referral.id, lambda it: add_tellings(add_findings(it, found), first, self.rules)
        )
        if known is None or not is_ripe(known, self.clock.now()):
            return known
        if not await self._has_place(referral):
            found = [Finding("cap", self.clock.now())]
            return await self.change(referral.id, lambda it: add_findings(it, found))
        confirmed = await self.change(referral.id, self._confirmed)
        if confirmed is not None and confirmed.confirmed_at is None:
            await self._free_place(referral)  # Something came in between.
        return confirmed

    def _confirmed(self, referral: Referral) -> Referral:
        now = self.clock.now()
        return confirm(referral, self.rules, now) if is_ripe(referral, now) else referral

    async def _has_place(self, referral: Referral) -> bool:
        """Take a place under the referrer's cap, once."""
        if "cap" in referral.forgiven:
            return True
        while (invitation := await self.invitations.get(referral.code)) is not None:
            reserved = invitation.reserve(referral.id, self.rules.cap, self.clock.now())
            if reserved is None:
                return False
            if reserved == invitation or await self.invitations.change(reserved):
                return True
        return False

    async def _free_place(self, referral: Referral) -> None:
        while (invitation := await self.invitations.get(referral.code)) is not None:
            released = invitation.release(referral.id)
            if released == invitation or await self.invitations.change(released):
                break

    async def _tell(self, referral: Referral) -> Referral | None:
        """After a crash in between, the same acts are told again."""
        if referral.untold == "withdrawn":
            await self._free_place(referral)
        await self.take(
            _acts(referral) if referral.untold == "confirmed" else _withdrawals(referral)
        )
        what = referral.untold
        return await self.change(referral.id, lambda it: tell(it) if it.untold == what else it)


def _acts(referral: Referral) -> list[CloudEvent]:
    """What the referrer did, and the welcome of whom they brought."""
    referrer, referee = referral.referrer, referral.referee or ""
    facts = {"referral_id": referral.id}
    return [
        _act("referral", referral, referrer, {"referred": referee, **facts}),
        _act("welcome", referral, referee, {"referred_by": referrer, **facts}),
    ]


def _withdrawals(referral: Referral) -> list[CloudEvent]:
    reason = referral.history[-1].reason or "rejected"
    return [
        _act(
            "withdrawal",
            referral,
            subject,
            {"id": f"{kind}-{referral.id}", "source": SOURCE, "reason": reason},
            f"withdrawal-{kind}-{referral.id}",
        )
        for kind, subject in (
            ("referral", referral.referrer),
            ("welcome", referral.referee or ""),
        )
    ]


def _act(
    kind: str, referral: Referral, subject: str, data: dict[str, str], act_id: str | None = None
) -> CloudEvent:
    at = referral.withdrawn_at if kind == "withdrawal" else referral.confirmed_at
    return CloudEvent(
        id=act_id or f"{kind}-{referral.id}",
        source=SOURCE,
        type=f"{PREFIX}{kind}.v1",
        subject=subject,
        time=None if at is None else at.isoformat(),
        datacontenttype="application/json",
        data=msgspec.json.encode(data),
    )
