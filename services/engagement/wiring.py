"""The only place of engagement that chooses adapters."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from services.engagement.domain.grouping import compile_groups
from services.engagement.domain.moments import compile_rules
from services.engagement.domain.touchpoint import occasions
from services.engagement.inbound.acts_topic import ActsTopic, ReadActs
from services.engagement.inbound.customers_topic import CustomersTopic
from services.engagement.inbound.feedback_topic import FeedbackTopic, ReadAnswers, read_feedback
from services.engagement.inbound.messages_topic import read_message
from services.engagement.inbound.timeline_topic import TimelineTopic
from services.engagement.outbound.engagement_topic import EngagementTopic
from services.engagement.ports.stores import Stores
from services.engagement.storage.coalesced import CoalescedReads
from services.engagement.storage.opening import open_stores
from services.engagement.use_cases.changing_formula import ChangeFormula
from services.engagement.use_cases.circles import KeepCircles
from services.engagement.use_cases.customers import KeepCustomers
from services.engagement.use_cases.explaining import ExplainScores
from services.engagement.use_cases.groups import ReadGroups
from services.engagement.use_cases.looking_back import LookBack
from services.engagement.use_cases.notes import KeepNotes
from services.engagement.use_cases.noticing import AnnounceMoments, LookAtDue
from services.engagement.use_cases.profile_changes import WatchProfiles
from services.engagement.use_cases.profiles import ReadProfiles
from services.engagement.use_cases.ranking import RankCustomers
from services.engagement.use_cases.reading import ReadScores
from services.engagement.use_cases.rescoring import Rescore
from services.engagement.use_cases.scoring import ScoreActs
from services.engagement.use_cases.segments_of_acts import SegmentsOfActs
from services.engagement.use_cases.searching import SearchProfiles
from services.engagement.use_cases.segmenting import RefreshMemberships
from services.engagement.use_cases.timeline import ReadTimeline
from services.engagement.use_cases.touchpoints import MeetTouchpoints
from shared.contracts.acts_reader import ActsReader
from shared.contracts.catalogue import Catalogue
from shared.contracts.topics import ACTS, CUSTOMERS, FEEDBACK, MESSAGES
from shared.messaging.consumer import Consumer
from shared.messaging.policies import ConsumerPolicy
from shared.programme.model import Programme
from shared.programme.samples import ANSWER
from shared.rounds import Round
from shared.runtime import Infrastructure

# What one fetch of a partition brings (1 MiB) in one transaction: it has a price of its own, and
# more acts at once fall on the same customers.
POLICY = ConsumerPolicy(batch_size=4000)
SECONDS_BETWEEN_LOOKS = 5.0
SECONDS_BETWEEN_RESCORES = 1.0
SECONDS_BETWEEN_TOUCHPOINTS = 30.0


@dataclass(frozen=True, slots=True)
class Engagement:
    """What the inbound side calls."""

    programme: Programme
    formula: ChangeFormula
    read: ReadScores
    back: LookBack
    explain: ExplainScores
    rank: RankCustomers
    profiles: ReadProfiles
    search: SearchProfiles
    notes: KeepNotes
    watch: WatchProfiles
    groups: ReadGroups
    circles: KeepCircles


@asynccontextmanager
async def open_engagement(infrastructure: Infrastructure) -> AsyncIterator[Engagement]:
    """The service with its consumer running. Raises Unavailable."""
    clock, log = infrastructure.clock, infrastructure.log
    catalogue = Catalogue(infrastructure.programme.acts.values())
    opened = infrastructure.programme.settings.opened
    async with (
        open_stores(infrastructure.settings, infrastructure.programme.formula, clock) as stores,
        infrastructure.supervise() as supervisor,
    ):
        topic = EngagementTopic(log, clock)
        outbox = Round(
            "engagement_moments", AnnounceMoments(stores.moments, topic), SECONDS_BETWEEN_LOOKS
        )
        look = Round(
            "engagement_due", _look(infrastructure, stores, outbox.wake), SECONDS_BETWEEN_LOOKS
        )
        rescore = Rescore(stores.books, stores.following, stores.leases, clock, infrastructure.ids)
        books = Round("engagement_books", rescore, SECONDS_BETWEEN_RESCORES)
        for one in (outbox, look, books):
            supervisor.start(one.name, one.run(), one.stop)
        circles = KeepCircles(
            stores.memberships, stores.scores, infrastructure.programme.circles, clock
        )
        score = ScoreActs(
            stores.scores,
            topic,
            compile_rules(infrastructure.programme.moments),
            clock,
            outbox.wake,
            SegmentsOfActs(stores.books, stores.scores, stores.memberships),
        )
        consumer = Consumer(
            "engagement",
            log,
            {
                ACTS.name: ActsTopic(score, clock, ReadActs(ActsReader(catalogue, opened))),
                FEEDBACK.name: FeedbackTopic(
                    ActsTopic(score, clock, ReadAnswers(opened)),
                    TimelineTopic(stores.timeline, clock, read_feedback, opened),
                ),
                MESSAGES.name: TimelineTopic(stores.timeline, clock, read_message, opened),
                CUSTOMERS.name: CustomersTopic(
                    KeepCustomers(stores.customers, stores.people, stores.timeline, circles)
                ),
            },
            clock,
            POLICY,
        )
        with (
            infrastructure.edge.health.adding("engagement_store", stores.scores.ping),
            infrastructure.consuming(consumer, supervisor),
            infrastructure.edge.metrics.gauge(
                "requite_segments_refresh_seconds", "How long the last refresh of segments took."
            ) as refreshed,
        ):
            for one in (
                _refresh(infrastructure, stores, circles, refreshed.set),
                _touchpoints(infrastructure, stores, outbox.wake),
            ):
                supervisor.start(one.name, one.run(), one.stop)
            reads = CoalescedReads(stores.scores)
            read = ReadScores(reads, stores.books, stores.people, clock)
            back = LookBack(read)
            timeline = ReadTimeline(reads, stores.timeline, stores.moments)
            profiles = ReadProfiles(read, stores.people, stores.memberships, timeline, clock)
            change = ChangeFormula(stores.books, rescore, clock, books.wake)
            await change.note(infrastructure.programme.formula)
            yield Engagement(
                programme=infrastructure.programme,
                formula=change,
                read=read,
                back=back,
                profiles=profiles,
                search=SearchProfiles(
                    read,
                    stores.people,
                    stores.memberships,
                    frozenset(infrastructure.programme.segments),
                    frozenset(infrastructure.programme.acts) | {ANSWER},
                ),
                notes=KeepNotes(profiles, stores.timeline, clock, infrastructure.ids),
                groups=ReadGroups(
                    stores.memberships,
                    stores.round_memory,
                    infrastructure.programme.segments,
                    infrastructure.programme.circles,
                ),
                circles=circles,
                watch=WatchProfiles(
                    profiles, infrastructure.stopping, infrastructure.settings.open_profiles
                ),
                explain=ExplainScores(back, infrastructure.programme.settings.currency),
                rank=RankCustomers(
                    stores.scores,
                    stores.books,
                    stores.people,
                    stores.memberships,
                    infrastructure.programme.circles,
                    clock,
                ),
            )


def _look(infrastructure: Infrastructure, stores: Stores, wake: Callable[[], None]) -> LookAtDue:
    programme = infrastructure.programme
    return LookAtDue(
        moments=stores.moments,
        people=stores.people,
        books=stores.books,
        rules=compile_rules(programme.moments),
        zone=ZoneInfo(programme.settings.time_zone),
        clock=infrastructure.clock,
        wake=wake,
    )


def _refresh(
    infrastructure: Infrastructure,
    stores: Stores,
    circles: KeepCircles,
    observe: Callable[[float], None],
) -> Round:
    seconds = infrastructure.settings.segments_seconds
    refresh = RefreshMemberships(
        scores=stores.scores,
        books=stores.books,
        people=stores.people,
        memberships=stores.memberships,
        circles=circles,
        leases=stores.leases,
        memory=stores.round_memory,
        groups=compile_groups(infrastructure.programme),
        clock=infrastructure.clock,
        owner=infrastructure.ids(),
        seconds=seconds,
        observe=observe,
    )
    return Round("engagement_segments", refresh, seconds)


def _touchpoints(infrastructure: Infrastructure, stores: Stores, wake: Callable[[], None]) -> Round:
    programme = infrastructure.programme
    meet = MeetTouchpoints(
        occasions=occasions(
            list(programme.circles.values()), ZoneInfo(programme.settings.time_zone)
        ),
        memberships=stores.memberships,
        moments=stores.moments,
        leases=stores.leases,
        memory=stores.round_memory,
        clock=infrastructure.clock,
        owner=infrastructure.ids(),
        wake=wake,
    )
    return Round("engagement_touchpoints", meet, SECONDS_BETWEEN_TOUCHPOINTS)
