"""The service from its stores to what answers and what runs by itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.engagement.outbound.engagement_topic import EngagementTopic
from services.engagement.storage.opening import open_stores
from services.engagement.use_cases.circles import KeepCircles
from services.engagement.use_cases.rescoring import Rescore
from services.engagement.wiring.rounds import make_rounds
from services.engagement.wiring.standings import make_standings
from services.engagement.wiring.topics import make_consumer, make_timeline_consumer
from services.engagement.wiring.use_cases import Engagement, make_engagement
from shared.runtime import Infrastructure

MANY = 1000
"""As many acts wait to be scored after an import, not in a shop's day."""


@asynccontextmanager
async def open_engagement(infrastructure: Infrastructure) -> AsyncIterator[Engagement]:
    """The service with its consumer and its rounds running. Raises Unavailable."""
    clock, programme = infrastructure.clock, infrastructure.programme
    async with (
        open_stores(infrastructure.settings, programme.formula, clock) as stores,
        infrastructure.supervise() as supervisor,
    ):
        topic = EngagementTopic(infrastructure.log, clock)
        standings = make_standings(infrastructure, stores, topic)
        circles = KeepCircles(
            stores.memberships,
            stores.scores,
            programme.circles,
            clock,
            None if standings is None else standings.keep.look,
        )

        def is_behind() -> bool:
            lag = consumer.health().lag
            return not lag or sum(lag.values()) > MANY

        rescore = Rescore(
            stores.books,
            stores.following,
            stores.leases,
            clock,
            infrastructure.ids,
            programme.thanks,
        )
        with infrastructure.edge.metrics.gauge(
            "requite_segments_refresh_seconds", "How long the last refresh of segments took."
        ) as refreshed:
            rounds = make_rounds(
                infrastructure, stores, topic, circles, rescore, standings, refreshed.set, is_behind
            )
            consumer = make_consumer(infrastructure, stores, topic, circles, rounds.moments.wake)
            shown = make_timeline_consumer(infrastructure, stores)
            engagement = make_engagement(
                infrastructure, stores, circles, rescore, rounds.books.wake
            )
            await engagement.formula.note(programme.formula)
            with (
                infrastructure.edge.health.adding("engagement_store", stores.scores.ping),
                infrastructure.consuming(consumer, supervisor),
                infrastructure.consuming(shown, supervisor),
            ):
                for one in rounds.all:
                    supervisor.start(one.name, one.run(), one.stop)
                yield engagement
