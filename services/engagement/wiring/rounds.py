"""What engagement does by itself, again and again; each may run in any number of replicas."""

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from services.engagement.domain.grouping import compile_groups
from services.engagement.domain.moments import compile_rules
from services.engagement.domain.touchpoint import occasions
from services.engagement.outbound.engagement_topic import EngagementTopic
from services.engagement.ports.stores import Stores
from services.engagement.use_cases.circles import KeepCircles
from services.engagement.use_cases.noticing import AnnounceMoments, LookAtDue
from services.engagement.use_cases.rescoring import Rescore
from services.engagement.use_cases.segmenting import RefreshMemberships
from services.engagement.use_cases.standing import KeepStandings
from services.engagement.use_cases.touchpoints import MeetTouchpoints
from services.engagement.wiring.standings import Standings
from shared.rounds import Round
from shared.runtime import Infrastructure

SECONDS_BETWEEN_LOOKS = 5.0
SECONDS_BETWEEN_RESCORES = 1.0
SECONDS_BETWEEN_TOUCHPOINTS = 30.0


@dataclass(frozen=True, slots=True)
class Rounds:
    """Moments are announced, profiles looked at that are due, books followed, segments refreshed,
    touchpoints met; where customers stand is announced where somebody asks."""

    moments: Round
    due: Round
    books: Round
    segments: Round
    touchpoints: Round
    standings: Round | None

    @property
    def all(self) -> tuple[Round, ...]:
        """In the order of their start."""
        always = (self.moments, self.due, self.books, self.segments, self.touchpoints)
        return always if self.standings is None else (*always, self.standings)


def make_rounds(
    infrastructure: Infrastructure,
    stores: Stores,
    topic: EngagementTopic,
    circles: KeepCircles,
    rescore: Rescore,
    standings: Standings | None,
    observe: Callable[[float], None],
    is_behind: Callable[[], bool],
) -> Rounds:
    """`observe` is told how many seconds a refresh of segments took; `is_behind` says whether many
    acts wait to be scored."""
    announce = AnnounceMoments(stores.moments, topic)
    moments = Round("engagement_moments", announce, SECONDS_BETWEEN_LOOKS)
    due = _look(infrastructure, stores, moments.wake, is_behind)
    meet = _meet(infrastructure, stores, moments.wake)
    keep = None if standings is None else standings.keep
    refresh = _refresh(infrastructure, stores, circles, keep, observe)
    return Rounds(
        moments=moments,
        due=Round("engagement_due", due, SECONDS_BETWEEN_LOOKS),
        books=Round("engagement_books", rescore, SECONDS_BETWEEN_RESCORES),
        segments=Round("engagement_segments", refresh, refresh.seconds),
        touchpoints=Round("engagement_touchpoints", meet, SECONDS_BETWEEN_TOUCHPOINTS),
        standings=None if standings is None else standings.round,
    )


def _look(
    infrastructure: Infrastructure,
    stores: Stores,
    wake: Callable[[], None],
    is_behind: Callable[[], bool],
) -> LookAtDue:
    programme = infrastructure.programme
    return LookAtDue(
        moments=stores.moments,
        people=stores.people,
        books=stores.books,
        rules=compile_rules(programme.moments),
        zone=ZoneInfo(programme.settings.time_zone),
        clock=infrastructure.clock,
        wake=wake,
        is_behind=is_behind,
    )


def _refresh(
    infrastructure: Infrastructure,
    stores: Stores,
    circles: KeepCircles,
    standings: KeepStandings | None,
    observe: Callable[[float], None],
) -> RefreshMemberships:
    return RefreshMemberships(
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
        seconds=infrastructure.settings.segments_seconds,
        observe=observe,
        standings=standings,
    )


def _meet(
    infrastructure: Infrastructure, stores: Stores, wake: Callable[[], None]
) -> MeetTouchpoints:
    programme = infrastructure.programme
    return MeetTouchpoints(
        occasions=occasions(
            list(programme.circles.values()), ZoneInfo(programme.settings.time_zone)
        ),
        memberships=stores.memberships,
        people=stores.people,
        moments=stores.moments,
        leases=stores.leases,
        memory=stores.round_memory,
        clock=infrastructure.clock,
        owner=infrastructure.ids(),
        wake=wake,
    )
