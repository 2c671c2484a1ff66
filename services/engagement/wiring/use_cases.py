"""What the inbound side calls, over the stores."""

from collections.abc import Callable
from dataclasses import dataclass

from services.engagement.ports.stores import Stores
from services.engagement.storage.coalesced import CoalescedReads
from services.engagement.use_cases.changing_formula import ChangeFormula
from services.engagement.use_cases.circles import KeepCircles
from services.engagement.use_cases.explaining import ExplainScores
from services.engagement.use_cases.groups import ReadGroups
from services.engagement.use_cases.looking_back import LookBack
from services.engagement.use_cases.notes import KeepNotes
from services.engagement.use_cases.profile_changes import WatchProfiles
from services.engagement.use_cases.profiles import ReadProfiles
from services.engagement.use_cases.ranking import RankCustomers
from services.engagement.use_cases.reading import ReadScores
from services.engagement.use_cases.rescoring import Rescore
from services.engagement.use_cases.searching import SearchProfiles
from services.engagement.use_cases.timeline import ReadTimeline
from shared.programme.model import Programme
from shared.programme.samples import ANSWER
from shared.runtime import Infrastructure


@dataclass(frozen=True, slots=True)
class Engagement:
    """One member for each thing that can be asked or done."""

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


def make_engagement(
    infrastructure: Infrastructure,
    stores: Stores,
    circles: KeepCircles,
    rescore: Rescore,
    wake: Callable[[], None],
) -> Engagement:
    """`wake` is called when a book was begun."""
    clock, programme = infrastructure.clock, infrastructure.programme
    reads = CoalescedReads(stores.scores)
    read = ReadScores(reads, stores.books, stores.people, clock)
    back = LookBack(read)
    timeline = ReadTimeline(reads, stores.timeline, stores.moments)
    profiles = ReadProfiles(read, stores.people, stores.memberships, timeline, clock)
    return Engagement(
        programme=programme,
        formula=ChangeFormula(stores.books, rescore, clock, wake),
        read=read,
        back=back,
        explain=ExplainScores(back, programme.settings.currency),
        rank=RankCustomers(
            stores.scores,
            stores.books,
            stores.people,
            stores.memberships,
            {name for name, circle in programme.circles.items() if circle.leaderboard},
            clock,
        ),
        profiles=profiles,
        search=SearchProfiles(
            read,
            stores.people,
            stores.memberships,
            frozenset(programme.segments),
            frozenset(programme.acts) | {ANSWER},
        ),
        notes=KeepNotes(profiles, stores.timeline, clock, infrastructure.ids),
        watch=WatchProfiles(
            profiles, infrastructure.stopping, infrastructure.settings.open_profiles
        ),
        groups=ReadGroups(
            stores.memberships, stores.round_memory, programme.segments, programme.circles
        ),
        circles=circles,
    )
