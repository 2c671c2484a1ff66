"""The only place of feedback that chooses adapters."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from services.feedback.inbound.acts_topic import ActsTopic
from services.feedback.inbound.customers_topic import CustomersTopic
from services.feedback.inbound.messages_topic import MessagesTopic
from services.feedback.outbound.feedback_topic import FeedbackTopic
from services.feedback.pages.rendering import Pages
from services.feedback.ports import FeedbackStore
from services.feedback.relay import Relay
from services.feedback.storage import mongo, sqlite
from services.feedback.use_cases import (
    CloseCases,
    IssueLinks,
    KeepAnswers,
    OpenCases,
    OpenLinks,
)
from shared.config import Settings
from shared.contracts.acts_reader import ActsReader
from shared.contracts.catalogue import Catalogue
from shared.contracts.topics import ACTS, CUSTOMERS, MESSAGES
from shared.messaging.consumer import Consumer
from shared.programme.model import Survey
from shared.runtime import Infrastructure
from shared.storage.mongo import migrate, open_mongo
from shared.storage.sqlite import open_database


@dataclass(frozen=True, slots=True)
class Feedback:
    """What the inbound side calls."""

    store: FeedbackStore
    surveys: Mapping[str, Survey]
    pages: Pages
    open_link: OpenLinks
    issue_link: IssueLinks
    keep_answer: KeepAnswers
    close_case: CloseCases


@asynccontextmanager
async def open_feedback(infrastructure: Infrastructure) -> AsyncIterator[Feedback]:
    """The service with consumer and relay running. Raises Unavailable if its store is away."""
    clock, log, programme = infrastructure.clock, infrastructure.log, infrastructure.programme
    settings, health = infrastructure.settings, infrastructure.edge.health
    async with (
        _open_store(settings) as store,
        infrastructure.supervise() as supervisor,
    ):
        relay = Relay(store, FeedbackTopic(log))
        catalogue = Catalogue(programme.acts.values())
        reader = ActsReader(catalogue, programme.settings.opened)
        consumer = Consumer(
            "feedback",
            log,
            {
                ACTS.name: ActsTopic(OpenCases(store, relay.wake), reader, clock),
                MESSAGES.name: MessagesTopic(store),
                CUSTOMERS.name: CustomersTopic(store, clock),
            },
            clock=clock,
        )
        supervisor.start("feedback_relay", relay.run(), relay.stop)
        secret = infrastructure.link_secret
        with (
            health.adding("feedback_store", store.ping),
            infrastructure.consuming(consumer, supervisor),
        ):
            yield Feedback(
                store=store,
                surveys=programme.surveys,
                pages=Pages(programme.settings),
                open_link=OpenLinks(store, programme.surveys, secret, clock),
                issue_link=IssueLinks(store, secret, settings.links_url, clock),
                keep_answer=KeepAnswers(store, clock, relay.wake),
                close_case=CloseCases(store, clock, relay.wake),
            )


@asynccontextmanager
async def _open_store(settings: Settings) -> AsyncIterator[FeedbackStore]:
    if settings.storage == "mongodb":
        url = settings.mongodb_url.get_secret_value()
        async with open_mongo(url, "requite_feedback") as database:
            await migrate(database, mongo.MIGRATIONS)
            yield mongo.MongoFeedbackStore(database)
    else:
        path = settings.data_dir / "feedback.sqlite"
        async with open_database(path, sqlite.MIGRATIONS) as database_file:
            yield sqlite.SqliteFeedbackStore(database_file)
