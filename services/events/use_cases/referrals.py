"""All that is done about referrals, put together over the stores."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.events.domain.invitation import Invitation
from services.events.domain.referral import Decision, Referral
from services.events.ports.referrals import Position, Referrals, Wanted
from services.events.ports.stores import Stores
from services.events.use_cases.changing_referrals import ChangeReferral
from services.events.use_cases.confirming_referrals import ConfirmReferrals
from services.events.use_cases.inviting import InviteOthers
from services.events.use_cases.people import FindPeople
from services.events.use_cases.referring import ReferPeople
from services.events.use_cases.suspecting import SuspectReferral
from services.events.use_cases.taking import TakeEvents
from services.events.use_cases.watching_referrals import WatchReferrals
from shared.clock import Clock
from shared.programme.model import ReferralRules


@dataclass(frozen=True, slots=True)
class ReferralTerms:
    """What the shop has decided. `links_url` is what public links begin with."""

    rules: ReferralRules
    links_url: str
    shop_url: str | None


@dataclass(frozen=True, slots=True)
class ReferralDesk:
    """`watch` is shown acts, `confirm` is the work of a round, and `wake` tells that round that
    there is something to do."""

    terms: ReferralTerms
    clock: Clock
    referrals: Referrals
    invite: InviteOthers
    refer: ReferPeople
    watch: WatchReferrals
    confirm: ConfirmReferrals
    wake: Callable[[], None]

    async def of(
        self, referrer: str, *, flagged: bool, after: Position | None, limit: int
    ) -> tuple[Invitation | None, Sequence[Referral]]:
        """The invitation and a page of the referrals of whom an id or alias stands for, under all
        of their ids. Raises Unavailable."""
        customer = await self.invite.people.customer(referrer)
        wanted = Wanted(await self.invite.people.ids(customer), flagged)
        found = await self.referrals.page(wanted, after, limit)
        return await self.invite.of(customer), found

    async def decide(self, referral_id: str, decision: Decision) -> Referral | None:
        """None if there is no such referral. Raises Conflict, Unavailable."""
        decided = await self.refer.decide(referral_id, decision)
        self.wake()
        return decided


def open_desk(
    stores: Stores,
    people: FindPeople,
    take: TakeEvents,
    terms: ReferralTerms,
    ids: Callable[[], str],
    wake: Callable[[], None],
) -> ReferralDesk:
    """`take` takes in the acts that both sides get."""
    clock, rules, referrals, invitations = (
        take.clock,
        terms.rules,
        stores.referrals,
        stores.invitations,
    )
    change = ChangeReferral(referrals, rules, clock)
    suspect = SuspectReferral(invitations, referrals, stores.buyers, people, rules, clock)
    invite = InviteOthers(invitations, people, clock, ids)
    refer = ReferPeople(invitations, referrals, people, suspect, change)
    return ReferralDesk(
        terms=terms,
        clock=clock,
        referrals=referrals,
        invite=invite,
        refer=refer,
        watch=WatchReferrals(refer, referrals, stores.buyers, people, change),
        confirm=ConfirmReferrals(invitations, referrals, suspect, change, take, rules, clock),
        wake=wake,
    )
