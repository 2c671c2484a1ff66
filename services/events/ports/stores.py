"""All that events keeps, in one database."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from services.events.ports.answers import Answers
from services.events.ports.buyers import Buyers
from services.events.ports.customers import Customers
from services.events.ports.data_requests import DataRequests
from services.events.ports.erased import Erased
from services.events.ports.forgetting import Forgetting
from services.events.ports.identities import Identities
from services.events.ports.inbox import Inbox
from services.events.ports.invitations import Invitations
from services.events.ports.merges import Merges
from services.events.ports.quarantine import Quarantine
from services.events.ports.referrals import Referrals
from services.events.ports.spool import Spool
from services.events.ports.suggestions import Suggestions
from services.events.ports.threads import Threads
from services.events.ports.unclaimed import Unclaimed


@dataclass(frozen=True, slots=True)
class Stores:
    """`ping` raises Unavailable if the database can't be reached."""

    ping: Callable[[], Awaitable[None]]
    customers: Customers
    quarantine: Quarantine
    inbox: Inbox
    spool: Spool
    answers: Answers
    data_requests: DataRequests
    erased: Erased
    identities: Identities
    merges: Merges
    unclaimed: Unclaimed
    invitations: Invitations
    referrals: Referrals
    buyers: Buyers
    threads: Threads
    suggestions: Suggestions

    @property
    def forgetting(self) -> Sequence[Forgetting]:
        """Everything that an erasure reaches, in its order: who is who comes last, since an erasure
        that was cut off is repeated by what is known there."""
        return (
            self.quarantine,
            self.spool,
            self.unclaimed,
            self.threads,
            self.suggestions,
            self.invitations,
            self.referrals,
            self.buyers,
            self.data_requests,
            self.customers,
            self.identities,
        )
