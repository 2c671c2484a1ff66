"""The topic of acts: written, with a spool behind it where it needs one, and read back."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager

from services.events.inbound.acts_topic import WatchActs
from services.events.outbound.acts_topic import ActsTopic
from services.events.ports.stores import Stores
from services.events.ports.topics import Acts
from services.events.ports.watching import Watcher
from services.events.use_cases.erasures import HonourErasures
from services.events.use_cases.spooling import SpoolActs
from shared.contracts.acts_reader import ActsReader
from shared.contracts.topics import ACTS
from shared.messaging.consumer import Consumer
from shared.messaging.policies import ConsumerPolicy
from shared.rounds import Round
from shared.runtime import Infrastructure
from shared.supervision import Supervisor

SECONDS_BETWEEN_DRAINS = 5.0
AT_LEISURE = ConsumerPolicy(batch_size=4000, linger=1.0)
"""What is concluded from acts is not urgent, and answering requests is."""


@asynccontextmanager
async def open_acts(
    infrastructure: Infrastructure, stores: Stores, supervisor: Supervisor
) -> AsyncIterator[Acts]:
    """The topic; where it is on servers of its own, with a spool for the time that they are away.

    The embedded log is a file beside the store: when the one is away, so is the other.
    """
    topic = ActsTopic(infrastructure.log)
    if infrastructure.settings.messaging != "kafka":
        yield topic
        return
    with _spooling(infrastructure, topic, stores, supervisor) as spooled:
        yield spooled


@contextmanager
def _spooling(
    infrastructure: Infrastructure, topic: Acts, stores: Stores, supervisor: Supervisor
) -> Iterator[Acts]:
    settings, edge = infrastructure.settings, infrastructure.edge
    with edge.metrics.gauge("requite_spool_acts", "Acts that wait for the topic.") as waiting:
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


def watching(
    infrastructure: Infrastructure,
    stores: Stores,
    watchers: Sequence[Watcher],
    reader: ActsReader,
    supervisor: Supervisor,
) -> AbstractContextManager[None]:
    """The consumer that shows the watchers what comes by."""
    clock = infrastructure.clock
    erasures = HonourErasures(stores.erased, stores.forgetting)
    watch = WatchActs(watchers, reader, clock, erasures)
    consumer = Consumer("events", infrastructure.log, {ACTS.name: watch}, clock, AT_LEISURE)
    return infrastructure.consuming(consumer, supervisor)
