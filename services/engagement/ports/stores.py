"""Every store of engagement."""

from dataclasses import dataclass

from services.engagement.ports.books import BookStore, FollowingBook
from services.engagement.ports.customers import CustomerStore
from services.engagement.ports.leases import LeaseStore
from services.engagement.ports.memberships import MembershipStore
from services.engagement.ports.moments import MomentStore
from services.engagement.ports.people import PeopleStore
from services.engagement.ports.round_memory import RoundMemory
from services.engagement.ports.scores import ScoreStore
from services.engagement.ports.standings import StandingStore
from services.engagement.ports.timeline import TimelineStore


@dataclass(frozen=True, slots=True)
class Stores:
    """The stores of one database."""

    books: BookStore
    following: FollowingBook
    scores: ScoreStore
    customers: CustomerStore
    people: PeopleStore
    timeline: TimelineStore
    memberships: MembershipStore
    leases: LeaseStore
    round_memory: RoundMemory
    moments: MomentStore
    standings: StandingStore
