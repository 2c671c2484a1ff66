"""What the notifier reads."""

from collections.abc import Callable

from services.notifier.inbound.customers_topic import CustomersTopic
from services.notifier.inbound.engagement_topic import EngagementTopic
from services.notifier.inbound.feedback_topic import FeedbackTopic
from services.notifier.ports.stores import Stores
from services.notifier.use_cases.customers import (
    KeepCases,
    KeepCustomers,
    KeepMarks,
    KeepStandings,
)
from services.notifier.use_cases.deciding import DecideOccasions
from services.notifier.use_cases.suppressing import SuppressErased
from shared.contracts.topics import CUSTOMERS, ENGAGEMENT, FEEDBACK
from shared.messaging.consumer import Consumer
from shared.messaging.policies import ConsumerPolicy
from shared.runtime import Infrastructure

# A transaction has a price of its own, and the same customers are read once for many acts.
POLICY = ConsumerPolicy(batch_size=2000)


def make_consumer(
    infrastructure: Infrastructure,
    stores: Stores,
    decide: DecideOccasions,
    suppress: SuppressErased,
    wake: Callable[[], None],
) -> Consumer:
    """The consumer of all that decisions follow from."""
    clock = infrastructure.clock
    return Consumer(
        "notifier",
        infrastructure.log,
        {
            ENGAGEMENT.name: EngagementTopic(
                decide, KeepStandings(stores, clock, wake), KeepMarks(stores, clock, wake)
            ),
            CUSTOMERS.name: CustomersTopic(KeepCustomers(stores, clock, wake, suppress)),
            FEEDBACK.name: FeedbackTopic(KeepCases(stores, clock, wake)),
        },
        clock,
        POLICY,
    )
