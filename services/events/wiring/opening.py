"""The service as a whole."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from services.events.connectors.port import Connector
from services.events.pages.rendering import Pages
from services.events.ports.data_requests import DataRequests
from services.events.use_cases.answering_once import AnswerOnce
from services.events.use_cases.customers import KeepCustomers
from services.events.use_cases.identities import LinkAliases
from services.events.use_cases.inbox import EmptyInbox
from services.events.use_cases.introductions import IntroducePeople
from services.events.use_cases.linking_by_mail import LinkByMail
from services.events.use_cases.mending import MendQuarantine
from services.events.use_cases.merging import MergeCustomers
from services.events.use_cases.people import FindPeople
from services.events.use_cases.referrals import ReferralDesk
from services.events.use_cases.suggestions import DecideSuggestions, TellFindings
from services.events.use_cases.taking import TakeEvents
from services.events.use_cases.webhooks import ReceiveDeliveries
from services.events.wiring.acts import open_acts, watching
from services.events.wiring.discovery import make_discover
from services.events.wiring.people import open_people
from services.events.wiring.referrals import open_referrals
from services.events.wiring.stores import open_stores
from services.events.wiring.webhooks import open_webhooks
from shared.contracts.act_type import ActType
from shared.contracts.acts_reader import ActsReader
from shared.contracts.catalogue import Catalogue
from shared.runtime import Infrastructure


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
    empty_inbox: EmptyInbox
    data_requests: DataRequests
    referrals: ReferralDesk


@asynccontextmanager
async def open_events(
    infrastructure: Infrastructure, connectors: Mapping[str, Connector]
) -> AsyncIterator[Events]:
    """The service, ready to be called. Raises Unavailable if its store can't be reached."""
    clock, programme = infrastructure.clock, infrastructure.programme
    catalogue = Catalogue(programme.acts.values())
    reader = ActsReader(catalogue, programme.settings.opened)
    async with (
        open_stores(infrastructure.settings) as stores,
        infrastructure.supervise() as supervisor,
        open_acts(infrastructure, stores, supervisor) as acts,
    ):
        with (
            infrastructure.edge.health.adding("events_store", stores.ping),
            open_people(infrastructure, stores, acts, supervisor) as people,
        ):
            take = TakeEvents(
                acts,
                stores.quarantine,
                clock,
                people.identify,
                catalogue,
                programme.settings.opened,
                overhear=lambda waiting: discover.look_at(waiting),
            )
            tell = TellFindings(take, stores.suggestions)
            discover = make_discover(infrastructure, stores, tell)
            referrals = open_referrals(infrastructure, stores, people.find, take, supervisor)
            watchers = (discover, referrals.watch)
            with (
                watching(infrastructure, stores, watchers, reader, supervisor),
                open_webhooks(
                    infrastructure, stores, connectors, people, take, supervisor
                ) as webhooks,
            ):
                yield Events(
                    take=take,
                    answer_once=AnswerOnce(stores.answers, clock),
                    mend=MendQuarantine(take, stores.quarantine, webhooks.deliveries),
                    act_types=programme.acts,
                    customers=people.customers,
                    merging=people.merging,
                    introduce=people.introduce,
                    link=people.link,
                    find=people.find,
                    link_by_mail=people.link_by_mail,
                    pages=Pages(programme.settings),
                    suggestions=DecideSuggestions(stores.suggestions, tell, clock),
                    receive=webhooks.receive,
                    empty_inbox=webhooks.empty_inbox,
                    data_requests=stores.data_requests,
                    referrals=referrals,
                )
