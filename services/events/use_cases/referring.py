"""Referees come, and are bound to whoever brought them first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.events.domain.admission import check_customer_id
from services.events.domain.evidence import Seen, merged
from services.events.domain.identity import NO_NAMES, make_alias
from services.events.domain.invitation import Invitation
from services.events.domain.referral import (
    Decision,
    Finding,
    Referral,
    add_decision,
    add_findings,
    add_registration,
    add_tellings,
    add_visit,
    can_unblock,
)
from services.events.ports.invitations import Invitations
from services.events.ports.referrals import Referrals
from services.events.use_cases.changing_referrals import ChangeReferral
from services.events.use_cases.people import FindPeople
from services.events.use_cases.suspecting import SuspectReferral
from shared.errors import Conflict, Invalid


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody says that a code brought them: their id or alias, when, and what was seen."""

    code: str
    referee: str
    at: datetime
    seen: Seen
    anonymous_id: str | None = None


@dataclass(frozen=True, slots=True)
class ReferPeople:
    """Take in touches; the first one binds. All methods raise Invalid, Unavailable."""

    invitations: Invitations
    referrals: Referrals
    people: FindPeople
    suspect: SuspectReferral
    change: ChangeReferral

    async def visit(self, code: str, anonymous_id: str, at: datetime) -> Referral | None:
        """A visitor whom the shop can recognise later; None if there is no such code."""
        invitation = await self.invitations.get(code)
        if invitation is None:
            return None
        subject = make_alias("anonymous", anonymous_id)
        check_customer_id(subject, "/anonymous_id")
        customer = await self.people.customer(subject)
        mine = await self._bind(invitation, [customer, subject], at)
        if mine.code != code:
            return mine
        return await self.change(mine.id, lambda it: add_visit(it, at)) or mine

    async def claim(self, claim: Claim) -> Referral | None:
        """The referral by this code as it stands then; None if there is no such code."""
        invitation = await self.invitations.get(claim.code)
        if invitation is None:
            return None
        check_customer_id(claim.referee, "/customer")
        customer = await self.people.customer(claim.referee)
        if customer.startswith(NO_NAMES):
            raise Invalid("leads to nobody who is known yet: name the person", "/customer")
        subjects = [customer, claim.referee]
        if claim.anonymous_id is not None:
            alias = make_alias("anonymous", claim.anonymous_id)
            check_customer_id(alias, "/anonymous_id")
            subjects.append(alias)
        mine = await self._bind(invitation, subjects, claim.at)
        registered = await self._register(mine, customer, claim)
        if mine.code == claim.code:
            return registered
        late = await self.referrals.add(self._open(invitation, customer, claim.at))
        await self._register(late, customer, claim)
        found = [Finding("bound_elsewhere", claim.at)]
        return await self.change(late.id, lambda it: add_findings(it, found)) or late

    async def decide(self, referral_id: str, decision: Decision) -> Referral | None:
        """A person's word on a referral; None if there is none. Raises Conflict where it can't
        have any effect."""

        def decided(referral: Referral) -> Referral:
            if decision.verdict == "unblock" and not can_unblock(referral):
                raise Conflict("There is nothing that could be unblocked")
            if referral.withdrawn_at is not None or referral.referee is None:
                raise Conflict("The referral has ended")
            return add_decision(referral, decision)

        return await self.change(referral_id, decided)

    async def _bind(
        self, invitation: Invitation, subjects: Sequence[str], at: datetime
    ) -> Referral:
        """The referral that these names of one person are bound to from now on, if not before.

        The first of them decides: the others may have met another link in another browser.
        """
        names = await self.people.names(subjects)
        bound = await self.referrals.bound({name for some in names.values() for name in some})
        first = bound.get(subjects[0]) or min(
            bound.values(), key=lambda one: (one.first_touch, one.id), default=None
        )
        if first is None:
            first = await self.referrals.add(self._open(invitation, subjects[0], at))
        winner = first.id
        for subject in reversed(subjects):
            winner = await self.referrals.bind(subject, first.id)
        return first if winner == first.id else await self.referrals.get(winner) or first

    def _open(self, invitation: Invitation, referee: str, at: datetime) -> Referral:
        """One pair has one id, so whoever repeats a claim comes to the same referral."""
        digest = self.people.pseudonyms.digest
        return Referral(
            id=digest(f"referral\n{invitation.code}\n{referee}"),
            code=invitation.code,
            referrer=invitation.referrer,
            referee=referee,
            invited_at=invitation.invited_at,
            opened_at=at,
        )

    async def _register(self, referral: Referral, customer: str, claim: Claim) -> Referral:
        first = await self.suspect.first_purchases(claim.referee)
        traces = claim.seen.traces(self.people.pseudonyms, claim.at)
        rules = self.change.rules

        def registered(it: Referral) -> Referral:
            evidence = merged((*it.evidence, *traces))
            it = add_registration(it, customer, claim.at, evidence)
            return add_tellings(it, first, rules)

        saved = await self.change(referral.id, registered) or referral
        found = await self.suspect(saved)
        if not found:
            return saved
        return await self.change(saved.id, lambda it: add_findings(it, found)) or saved
