"""Referrals, with the round that confirms them."""

from services.events.ports.stores import Stores
from services.events.use_cases.people import FindPeople
from services.events.use_cases.referrals import ReferralDesk, ReferralTerms, open_desk
from services.events.use_cases.taking import TakeEvents
from shared.rounds import Round
from shared.runtime import Infrastructure
from shared.supervision import Supervisor

SECONDS_BETWEEN_CONFIRMATIONS = 60.0


def open_referrals(
    infrastructure: Infrastructure,
    stores: Stores,
    find: FindPeople,
    take: TakeEvents,
    supervisor: Supervisor,
) -> ReferralDesk:
    """By the rules of the programme."""
    programme = infrastructure.programme
    desk = open_desk(
        stores,
        find,
        take,
        ReferralTerms(
            programme.referrals, infrastructure.settings.links_url, programme.settings.shop_url
        ),
        infrastructure.ids,
        lambda: confirmations.wake(),
    )
    confirmations = Round("events_referrals", desk.confirm, SECONDS_BETWEEN_CONFIRMATIONS)
    supervisor.start(confirmations.name, confirmations.run(), confirmations.stop)
    return desk
