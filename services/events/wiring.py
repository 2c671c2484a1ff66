"""The only place where events chooses its adapters."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass

from prometheus_client import Counter, Gauge

from services.events.connectors.port import Connector
from services.events.connectors.sources import make_connectors
from services.events.detectors.accepted_answer import AcceptedAnswer
from services.events.detectors.port import Detector
from services.events.detectors.thankful_reply import ThankfulReply
from services.events.detectors.word_list import WordList
from services.events.detectors.word_of_mouth import WordOfMouth
from services.events.domain.pseudonyms import Pseudonyms
from services.events.inbound.acts_topic import WatchActs
from services.events.outbound.acts_topic import ActsTopic
from services.events.outbound.customers_topic import CustomersTopic
from services.events.pages.rendering import Pages
from services.events.ports.data_requests import DataRequests
from services.events.ports.stores import Stores
from services.events.ports.topics import Acts
from services.events.ports.watching import Watcher
from services.events.storage.mongo.opening import open_mongo_stores
from services.events.storage.sqlite.opening import open_sqlite_stores
from services.events.storage.webhook_secrets import WebhookSecretsFile
from services.events.use_cases.answering_once import AnswerOnce
from services.events.use_cases.carrying_out import CarryOut
from services.events.use_cases.customers import KeepCustomers
from services.events.use_cases.discovery import Discover, Discovery
from services.events.use_cases.identities import (
    ClaimActs,
    ClaimWaiting,
    Identify,
    LinkAliases,
)
from services.events.use_cases.introductions import IntroducePeople
from services.events.use_cases.knowing_people import KnowPeople
from services.events.use_cases.linking_by_mail import LinkByMail
from services.events.use_cases.mending import MendQuarantine
from services.events.use_cases.merging import MergeCustomers
from services.events.use_cases.people import FindPeople
from services.events.use_cases.referrals import ReferralDesk, ReferralTerms, open_desk
from services.events.use_cases.settling import SettleAliases
from services.events.use_cases.spooling import SpoolActs
from services.events.use_cases.suggestions import DecideSuggestions, TellFindings
from services.events.use_cases.taking import TakeEvents
from services.events.use_cases.webhooks import Kind, ReceiveDeliveries
from shared.config import Settings
from shared.contracts.act_type import ActType
from shared.contracts.catalogue import Catalogue
from shared.contracts.topics import ACTS
from shared.messaging.consumer import Consumer
from shared.rounds import Round
from shared.runtime import Infrastructure
from shared.supervision import Supervisor

SECONDS_BETWEEN_DRAINS = 5.0
SECONDS_BETWEEN_CLAIMS = 30.0
SECONDS_BETWEEN_CONFIRMATIONS = 60.0


@dataclass(frozen=True, slots=True)
class Events:
    """What the inbound side calls."""

    take: TakeEvents
    answer_once: AnswerOnce
    mend: MendQuarantine
    act_types: Mapping[str, ActType]
    customers: KeepCustomers
    merging: MergeCustomers
    introduce: IntroducePeople
    link: LinkAliases
    find: FindPeople
    link_by_mail: LinkByMail
    pages: Pages
    suggestions: DecideSuggestions
    receive: ReceiveDeliveries
    data_requests: DataRequests
    referrals: ReferralDesk


@asynccontextmanager
async def open_events(
    infrastructure: Infrastructure, connectors: Mapping[str, Connector]
) -> AsyncIterator[Events]:
    """The service, ready to be called. Raises Unavailable if its store can't be reached."""
    clock, log = infrastructure.clock, infrastructure.log
    catalogue = Catalogue(infrastructure.programme.acts.values())
    async with (
        _open_stores(infrastructure.settings) as stores,
        infrastructure.supervise() as supervisor,
        _open_acts(infrastructure, stores, supervisor) as acts,
    ):
        claim = ClaimActs(stores.identities, stores.unclaimed, acts)
        identify = Identify(stores.identities, stores.unclaimed, claim, clock)
        link = LinkAliases(stores.identities, claim, clock)
        take = TakeEvents(
            acts,
            stores.quarantine,
            clock,
            identify,
            catalogue,
            overhear=lambda waiting: discover.look_at(waiting),
        )
        tell = TellFindings(take, stores.suggestions)
        discover = _discover(infrastructure, stores, tell)
        pseudonyms = Pseudonyms(infrastructure.pseudonym_key)
        settle = SettleAliases(link, pseudonyms)
        customers = KeepCustomers(
            stores.customers,
            CustomersTopic(log),
            clock,
            stores.forgetting,
            settle,
            stores.merges,
        )
        merging = MergeCustomers(stores.merges, customers, clock, infrastructure.ids)
        merges = Round("events_merges", merging.catch_up, SECONDS_BETWEEN_CLAIMS)
        supervisor.start(merges.name, merges.run(), merges.stop)
        referrals = _open_referrals(infrastructure, stores, take, supervisor)
        watchers: Sequence[Watcher] = (discover, referrals.watch)
        consumer = Consumer("events", log, {ACTS.name: WatchActs(watchers)}, clock=clock)
        with (
            infrastructure.edge.health.adding("events_store", stores.ping),
            infrastructure.consuming(consumer, supervisor),
            _claiming(infrastructure, claim, supervisor),
            _counting(infrastructure) as told,
        ):
            introduce = IntroducePeople(customers)
            find = FindPeople(stores.identities, stores.merges, pseudonyms)
            carry_out = CarryOut(introduce, link, take, customers, stores.data_requests, clock)
            secrets = WebhookSecretsFile(infrastructure.settings.webhook_secrets)
            receive = ReceiveDeliveries(
                connectors, secrets, carry_out, stores.quarantine, clock, told
            )
            yield Events(
                take=take,
                answer_once=AnswerOnce(stores.answers, clock),
                mend=MendQuarantine(take, stores.quarantine, receive),
                act_types=infrastructure.programme.acts,
                customers=customers,
                merging=merging,
                introduce=introduce,
                link=link,
                find=find,
                link_by_mail=LinkByMail(
                    customers,
                    link,
                    find,
                    clock,
                    infrastructure.link_secret,
                    infrastructure.settings.links_url,
                ),
                pages=Pages(infrastructure.programme.settings),
                suggestions=DecideSuggestions(stores.suggestions, tell, clock),
                receive=receive,
                data_requests=stores.data_requests,
                referrals=referrals,
            )


def connect(infrastructure: Infrastructure) -> Mapping[str, Connector]:
    """The connectors of the programme's sources. Raises ProgrammeInvalid."""
    pseudonyms = Pseudonyms(infrastructure.pseudonym_key)
    return make_connectors(infrastructure.programme, pseudonyms.email)


@contextmanager
def _counting(infrastructure: Infrastructure) -> Iterator[Callable[[str, Kind], None]]:
    """Deliveries of webhooks, by source and by what became of them."""
    registry = infrastructure.edge.metrics.registry
    deliveries = Counter(
        "requite_webhook_deliveries",
        "Deliveries of webhooks, by what became of them.",
        ("source", "outcome"),
        registry=registry,
    )
    try:
        yield lambda source, kind: deliveries.labels(source, kind).inc()
    finally:
        registry.unregister(deliveries)


def _open_referrals(
    infrastructure: Infrastructure, stores: Stores, take: TakeEvents, supervisor: Supervisor
) -> ReferralDesk:
    programme = infrastructure.programme
    pseudonyms = Pseudonyms(infrastructure.pseudonym_key)
    desk = open_desk(
        stores,
        KnowPeople(stores.customers, stores.identities, stores.merges, pseudonyms),
        take,
        ReferralTerms(
            programme.referrals, infrastructure.settings.links_url, programme.settings.shop_url
        ),
        infrastructure.ids,
        lambda: referrals.wake(),
    )
    referrals = Round("events_referrals", desk.confirm, SECONDS_BETWEEN_CONFIRMATIONS)
    supervisor.start(referrals.name, referrals.run(), referrals.stop)
    return desk


def _discover(infrastructure: Infrastructure, stores: Stores, tell: TellFindings) -> Discover:
    rules = infrastructure.programme.discovery
    detectors: Sequence[Detector] = (AcceptedAnswer(), ThankfulReply(WordList()), WordOfMouth())
    switched_on = [one for one in detectors if one.name in rules and rules[one.name].on]
    return Discover(
        Discovery(switched_on, rules),
        stores.threads,
        stores.suggestions,
        stores.identities,
        tell,
        infrastructure.clock,
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


@asynccontextmanager
async def _open_acts(
    infrastructure: Infrastructure, stores: Stores, supervisor: Supervisor
) -> AsyncIterator[Acts]:
    """The topic; where it is on servers of its own, with a spool for the time that they are away.

    The embedded log is a file beside the store: when the one is away, so is the other.
    """
    settings, topic = infrastructure.settings, ActsTopic(infrastructure.log)
    if settings.messaging != "kafka":
        yield topic
        return
    edge = infrastructure.edge
    waiting = Gauge(
        "requite_spool_acts", "Acts that wait for the topic.", registry=edge.metrics.registry
    )
    spooled = SpoolActs(
        topic,
        stores.spool,
        infrastructure.clock,
        settings.publish_seconds,
        settings.spool_capacity,
        lambda: drains.wake(),
        waiting.set,
    )
    drains = Round("events_spool", spooled.drain, SECONDS_BETWEEN_DRAINS)
    supervisor.start(drains.name, drains.run(), drains.stop)
    with edge.health.standing_in("spool", spooled.check, ("log", "events_consumer")):
        yield spooled


def _open_stores(settings: Settings) -> AbstractAsyncContextManager[Stores]:
    if settings.storage == "mongodb":
        return open_mongo_stores("requite_events", settings)
    return open_sqlite_stores(settings.data_dir / "events.sqlite", settings)
