"""What engagement reads."""

from collections.abc import Callable

from services.engagement.domain.moments import compile_rules
from services.engagement.inbound.acts_topic import ActsTopic, ReadActs
from services.engagement.inbound.customers_topic import CustomersTopic
from services.engagement.inbound.feedback_topic import FeedbackTopic, ReadAnswers, read_feedback
from services.engagement.inbound.messages_topic import read_message
from services.engagement.inbound.timeline_topic import TimelineTopic
from services.engagement.outbound.engagement_topic import EngagementTopic
from services.engagement.ports.stores import Stores
from services.engagement.use_cases.circles import KeepCircles
from services.engagement.use_cases.customers import KeepCustomers
from services.engagement.use_cases.scoring import ScoreActs
from services.engagement.use_cases.segments_of_acts import SegmentsOfActs
from shared.contracts.acts_reader import ActsReader
from shared.contracts.catalogue import Catalogue
from shared.contracts.topics import ACTS, CUSTOMERS, FEEDBACK, MESSAGES
from shared.messaging.consumer import Consumer
from shared.messaging.handler import Handler
from shared.messaging.policies import ConsumerPolicy
from shared.runtime import Infrastructure

# What one fetch of a partition brings (1 MiB) in one transaction: it has a price of its own, and
# more acts at once fall on the same customers.
POLICY = ConsumerPolicy(batch_size=4000)
SHOWN = ConsumerPolicy(batch_size=500)


def make_consumer(
    infrastructure: Infrastructure,
    stores: Stores,
    topic: EngagementTopic,
    circles: KeepCircles,
    wake: Callable[[], None],
) -> Consumer:
    """The consumer of what scores depend on; `wake` is called once there may be moments."""
    clock, programme = infrastructure.clock, infrastructure.programme
    opened = programme.settings.opened
    acts = ActsReader(Catalogue(programme.acts.values()), opened)
    score = ScoreActs(
        stores.scores,
        topic,
        compile_rules(programme.moments),
        clock,
        wake,
        SegmentsOfActs(stores.books, stores.scores, stores.memberships),
    )
    keep = KeepCustomers(
        stores.customers, stores.people, stores.timeline, circles, stores.standings
    )
    handlers: dict[str, Handler] = {
        ACTS.name: ActsTopic(score, clock, ReadActs(acts)),
        FEEDBACK.name: FeedbackTopic(
            ActsTopic(score, clock, ReadAnswers(opened)),
            TimelineTopic(stores.timeline, clock, read_feedback, opened),
        ),
        CUSTOMERS.name: CustomersTopic(keep),
    }
    return Consumer("engagement", infrastructure.log, handlers, clock, POLICY)


def make_timeline_consumer(infrastructure: Infrastructure, stores: Stores) -> Consumer:
    """The consumer of what is only shown: apart, so that a long history of messages neither delays
    scoring nor fills the memory."""
    clock, opened = infrastructure.clock, infrastructure.programme.settings.opened
    show = TimelineTopic(stores.timeline, clock, read_message, opened)
    log, handlers = infrastructure.log, {MESSAGES.name: show}
    return Consumer("engagement_timeline", log, handlers, clock, SHOWN)
