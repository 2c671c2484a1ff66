"""Codes that customers invite others with, and who follows them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from services.events.domain.admission import check_customer_id
from services.events.domain.evidence import Seen, Trace, merged, plain_ip
from services.events.domain.identity import is_alias
from services.events.domain.invitation import Invitation, make_code
from services.events.ports.invitations import Invitations
from services.events.use_cases.people import FindPeople
from shared.clock import Clock
from shared.errors import Conflict, Invalid


@dataclass(frozen=True, slots=True)
class InviteOthers:
    """Give customers their code, and count who comes by it."""

    invitations: Invitations
    people: FindPeople
    clock: Clock
    ids: Callable[[], str]

    async def __call__(self, referrer: str, seen: Seen) -> tuple[Invitation, bool]:
        """The customer's invitation, the same every time, and whether it is new.

        What was seen with the referrer is remembered as hashes. Raises Invalid, Unavailable.
        """
        check_customer_id(referrer, "/referrer")
        customer = await self.people.customer(referrer)
        if is_alias(customer):
            raise Invalid("nobody is known by this alias", "/referrer")
        invitation = await self.of(customer)
        new = invitation is None
        if invitation is None:
            invitation = await self._begin(customer)
        traces = seen.traces(self.people.pseudonyms, self.clock.now())
        return await self._remember(invitation, traces), new

    async def of(self, customer: str) -> Invitation | None:
        """Their invitation, or else one of an id that was merged into theirs, the same one every
        time. Raises Unavailable."""
        ids = await self.people.ids(customer)
        for one in sorted(ids, key=lambda one: (one != customer, one)):
            found = await self.invitations.of(one)
            if found is not None:
                return found
        return None

    async def visit(self, code: str, address: str | None, browser: str | None) -> bool:
        """Count a visit, one a day and visitor as far as they can be told apart; False if there
        is no such code. Neither address nor browser is kept, and the hash of both differs from
        day to day. Raises Unavailable."""
        if await self.invitations.get(code) is None:
            return False
        now = self.clock.now()
        who = f"{plain_ip(address)}\n{browser}" if address else self.ids()
        # Anybody may call this: so few digits bound what a day and code can fill the store with.
        visitor = self.people.pseudonyms.digest(f"visit\n{now.date()}\n{code}\n{who}")[:4]
        await self.invitations.count_visit(code, visitor, now)
        return True

    async def _begin(self, customer: str) -> Invitation:
        while True:
            code = make_code(self.ids())
            try:
                return await self.invitations.add(Invitation(code, customer, self.clock.now()))
            except Conflict:
                continue

    async def _remember(self, invitation: Invitation, traces: tuple[Trace, ...]) -> Invitation:
        while traces:
            changed = replace(invitation, traces=merged((*invitation.traces, *traces)))
            if await self.invitations.change(changed):
                return changed
            again = await self.invitations.get(invitation.code)
            if again is None:
                break
            invitation = again
        return invitation
