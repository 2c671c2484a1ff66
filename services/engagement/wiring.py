"""The only place of engagement that chooses adapters."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from services.engagement.domain.formula import Formula, compile_formula
from services.engagement.inbound.acts_topic import ActsTopic, ReadActs
from services.engagement.inbound.customers_topic import CustomersTopic
from services.engagement.inbound.feedback_topic import read_answer
from services.engagement.outbound.engagement_topic import EngagementTopic
from services.engagement.ports import CustomerStore, ScoreStore
from services.engagement.storage import mongo, sqlite
from services.engagement.storage.coalesced import CoalescedReads
from services.engagement.use_cases import ReadScores, ScoreActs, check_basis
from shared.config import Settings
from shared.contracts.catalogue import Catalogue
from shared.contracts.topics import ACTS, CUSTOMERS, FEEDBACK
from shared.messaging.consumer import Consumer
from shared.messaging.policies import ConsumerPolicy
from shared.runtime import Infrastructure
from shared.storage.mongo import migrate, open_mongo
from shared.storage.sqlite import open_database

# What one fetch of a partition brings (1 MiB) in one transaction: it has a price of its own, and
# more acts at once fall on the same customers.
POLICY = ConsumerPolicy(batch_size=4000)


@dataclass(frozen=True, slots=True)
class Engagement:
    """What the inbound side calls."""

    read: ReadScores


@asynccontextmanager
async def open_engagement(infrastructure: Infrastructure) -> AsyncIterator[Engagement]:
    """The service with its consumer running. Raises BasisChanged; Unavailable."""
    clock, log = infrastructure.clock, infrastructure.log
    formula = compile_formula(infrastructure.programme)
    catalogue = Catalogue(infrastructure.programme.acts.values())
    async with (
        _open_stores(infrastructure.settings, formula) as (store, customers),
        infrastructure.supervise() as supervisor,
    ):
        await check_basis(store, formula)
        score = ScoreActs(store, EngagementTopic(log, clock), formula)
        consumer = Consumer(
            "engagement",
            log,
            {
                ACTS.name: ActsTopic(score, clock, ReadActs(catalogue)),
                FEEDBACK.name: ActsTopic(score, clock, read_answer),
                CUSTOMERS.name: CustomersTopic(customers),
            },
            clock,
            POLICY,
        )
        with (
            infrastructure.edge.health.adding("engagement_store", store.ping),
            infrastructure.consuming(consumer, supervisor),
        ):
            yield Engagement(ReadScores(CoalescedReads(store), formula, clock))


@asynccontextmanager
async def _open_stores(
    settings: Settings, formula: Formula
) -> AsyncIterator[tuple[ScoreStore, CustomerStore]]:
    if settings.storage == "mongodb":
        url = settings.mongodb_url.get_secret_value()
        async with open_mongo(url, "requite_engagement") as database:
            await migrate(database, mongo.MIGRATIONS)
            yield (
                mongo.MongoScoreStore(database, formula),
                mongo.MongoCustomerStore(database, formula),
            )
    else:
        path = settings.data_dir / "engagement.sqlite"
        async with open_database(path, sqlite.MIGRATIONS) as database_file:
            yield (
                sqlite.SqliteScoreStore(database_file, formula),
                sqlite.SqliteCustomerStore(database_file, formula),
            )
