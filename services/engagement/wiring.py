"""The only place of engagement that chooses adapters."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from services.engagement.domain.formula import compile_formula
from services.engagement.inbound.acts_topic import ActsTopic, ReadActs
from services.engagement.inbound.customers_topic import CustomersTopic
from services.engagement.inbound.feedback_topic import read_answer
from services.engagement.outbound.engagement_topic import EngagementTopic
from services.engagement.storage.coalesced import CoalescedReads
from services.engagement.storage.opening import open_stores
from services.engagement.use_cases.reading import ReadScores
from services.engagement.use_cases.scoring import ScoreActs, check_basis
from shared.contracts.catalogue import Catalogue
from shared.contracts.topics import ACTS, CUSTOMERS, FEEDBACK
from shared.messaging.consumer import Consumer
from shared.messaging.policies import ConsumerPolicy
from shared.runtime import Infrastructure

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
        open_stores(infrastructure.settings, formula) as stores,
        infrastructure.supervise() as supervisor,
    ):
        await check_basis(stores.scores, formula)
        score = ScoreActs(stores.scores, EngagementTopic(log, clock), formula)
        consumer = Consumer(
            "engagement",
            log,
            {
                ACTS.name: ActsTopic(score, clock, ReadActs(catalogue)),
                FEEDBACK.name: ActsTopic(score, clock, read_answer),
                CUSTOMERS.name: CustomersTopic(stores.customers),
            },
            clock,
            POLICY,
        )
        with (
            infrastructure.edge.health.adding("engagement_store", stores.scores.ping),
            infrastructure.consuming(consumer, supervisor),
        ):
            yield Engagement(ReadScores(CoalescedReads(stores.scores), formula, clock))
