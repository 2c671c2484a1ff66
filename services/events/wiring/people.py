"""Who is who: customers, their aliases and merges, and the acts that wait for an alias."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from services.events.domain.pseudonyms import Pseudonyms
from services.events.outbound.customers_topic import CustomersTopic
from services.events.ports.stores import Stores
from services.events.ports.topics import Acts
from services.events.use_cases.customers import KeepCustomers
from services.events.use_cases.identities import ClaimActs, ClaimWaiting, Identify, LinkAliases
from services.events.use_cases.introductions import IntroducePeople
from services.events.use_cases.linking_by_mail import LinkByMail
from services.events.use_cases.merging import MergeCustomers
from services.events.use_cases.people import FindPeople
from services.events.use_cases.settling import SettleAliases
from shared.rounds import Round
from shared.runtime import Infrastructure
from shared.supervision import Supervisor

SECONDS_BETWEEN_CLAIMS = 30.0


@dataclass(frozen=True, slots=True)
class People:
    """The use cases around who is who."""

    identify: Identify
    link: LinkAliases
    customers: KeepCustomers
    introduce: IntroducePeople
    merging: MergeCustomers
    find: FindPeople
    link_by_mail: LinkByMail


@contextmanager
def open_people(
    infrastructure: Infrastructure, stores: Stores, acts: Acts, supervisor: Supervisor
) -> Iterator[People]:
    """With the rounds that make up for crashes."""
    clock = infrastructure.clock
    claim = ClaimActs(stores.identities, stores.unclaimed, acts)
    link = LinkAliases(stores.identities, claim, clock)
    pseudonyms = Pseudonyms(infrastructure.pseudonym_key)
    customers = KeepCustomers(
        stores.customers,
        CustomersTopic(infrastructure.log),
        clock,
        stores.forgetting,
        SettleAliases(link, pseudonyms),
        stores.merges,
        stores.erased,
    )
    merging = MergeCustomers(stores.merges, customers, clock, infrastructure.ids)
    merges = Round("events_merges", merging.catch_up, SECONDS_BETWEEN_CLAIMS)
    supervisor.start(merges.name, merges.run(), merges.stop)
    find = FindPeople(stores.customers, stores.identities, stores.merges, pseudonyms)
    link_by_mail = LinkByMail(
        customers,
        link,
        find,
        clock,
        infrastructure.link_secret,
        infrastructure.settings.links_url,
    )
    with _claiming(infrastructure, claim, supervisor):
        yield People(
            identify=Identify(stores.identities, stores.unclaimed, claim, clock),
            link=link,
            customers=customers,
            introduce=IntroducePeople(customers),
            merging=merging,
            find=find,
            link_by_mail=link_by_mail,
        )


@contextmanager
def _claiming(
    infrastructure: Infrastructure, claim: ClaimActs, supervisor: Supervisor
) -> Iterator[None]:
    """What a crash between a link and its acts has left behind is claimed in rounds."""
    metrics = infrastructure.edge.metrics
    with metrics.gauge("requite_unclaimed_acts", "Acts whose alias nobody is known by.") as acts:
        work = ClaimWaiting(claim, infrastructure.clock, acts.set)
        claims = Round("events_claims", work, SECONDS_BETWEEN_CLAIMS)
        supervisor.start(claims.name, claims.run(), claims.stop)
        yield
