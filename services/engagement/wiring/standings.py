"""Telling where customers stand, for those rules that are for some levels or groups only."""

from dataclasses import dataclass

from services.engagement.outbound.engagement_topic import EngagementTopic
from services.engagement.ports.stores import Stores
from services.engagement.use_cases.standing import AnnounceStandings, KeepStandings
from shared.programme.model import Programme
from shared.rounds import Round
from shared.runtime import Infrastructure

SECONDS_BETWEEN_LOOKS = 5.0


@dataclass(frozen=True, slots=True)
class Standings:
    """What is found is kept, and announced by a round."""

    keep: KeepStandings
    round: Round


def make_standings(
    infrastructure: Infrastructure, stores: Stores, topic: EngagementTopic
) -> Standings | None:
    """None, at no cost, where no rule asks."""
    if not _is_asked_for(infrastructure.programme):
        return None
    announce = AnnounceStandings(stores.standings, topic)
    round = Round("engagement_standings", announce, SECONDS_BETWEEN_LOOKS)
    keep = KeepStandings(
        standings=stores.standings,
        memberships=stores.memberships,
        scores=stores.scores,
        books=stores.books,
        clock=infrastructure.clock,
        wake=round.wake,
    )
    return Standings(keep, round)


def _is_asked_for(programme: Programme) -> bool:
    audiences = (rule.audience for rule in programme.thanks)
    return any(one.levels or one.segments or one.circles for one in audiences)
