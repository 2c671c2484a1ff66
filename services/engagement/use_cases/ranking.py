"""Answer who stands where on a leaderboard."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.engagement.domain.apportioning import in_units
from services.engagement.domain.formula import ENGAGEMENT, Formula
from services.engagement.domain.links import LINK
from services.engagement.domain.membership import Group
from services.engagement.domain.person import Person
from services.engagement.domain.profile import Profile, Score, value
from services.engagement.domain.ranking import Around, Board, Place, Ranked, Top
from services.engagement.ports.books import LiveBook
from services.engagement.ports.memberships import MembershipReads
from services.engagement.ports.people import PeopleStore
from services.engagement.ports.scores import ScoreReads
from shared.clock import Clock, epoch_ms
from shared.errors import Unavailable

MOST = 100
"""As many first places are kept of each leaderboard."""
SIDE = 5
"""As many places are shown on either side of a customer."""
FRESH = timedelta(seconds=10)
"""For so long a ranking is answered again without another look."""
MOST_WAITING = 20
"""So many passes may be under way or waited for, each of which looks at everybody."""
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Standing:
    """A leaderboard, or a part of it, as it stood at `time`; `count` is how many are on it."""

    board: Board
    places: Sequence[Ranked]
    count: int
    time: datetime
    formula: str


@dataclass(frozen=True, slots=True)
class Boards:
    """Each score and each dimension has a leaderboard of everybody, and one in each circle here."""

    scores: Sequence[str]
    dimensions: Sequence[str]
    circles: Sequence[str]


@dataclass(slots=True)
class RankCustomers:
    """Of customers who agreed to be shown, by score; whoever has nothing is on no leaderboard.

    Scores of different half-lives overtake each other as time passes, so a ranking is one pass
    over all of them at one time. It keeps no more than is shown, whoever asks meanwhile waits for
    the same one, and no two passes run at once. `circles` are those that have leaderboards. Raises
    Unavailable where too many wait already.
    """

    scores: ScoreReads
    books: LiveBook
    people: PeopleStore
    memberships: MembershipReads
    circles: Collection[str]
    clock: Clock
    _standing: dict[Board, Standing] = field(default_factory=dict)
    _running: dict[tuple[Board, str | None], asyncio.Task[Standing | None]] = field(
        default_factory=dict
    )
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def boards(self) -> Boards:
        """Of what there are leaderboards."""
        formula = (await self.books.live()).formula
        return Boards(
            scores=[ENGAGEMENT, *formula.scores],
            dimensions=[name for name in formula.dimensions if name != LINK],
            circles=sorted(self.circles),
        )

    async def known(self, board: Board) -> bool:
        """Whether there is such a leaderboard."""
        boards = await self.boards()
        is_score = board.score in boards.scores or board.score in boards.dimensions
        return is_score and (board.circle is None or board.circle in boards.circles)

    async def top(self, board: Board) -> Standing:
        """The first MOST places, no older than FRESH."""
        standing = self._standing.get(board)
        if standing is None or not timedelta() <= self.clock.now() - standing.time < FRESH:
            found = await self._shared(board, None)
            assert found is not None  # noqa: S101 - the pass for nobody finds the first places
            standing = found
        return standing

    async def around(self, board: Board, customer: str) -> Standing | None:
        """The places around a customer, or whom they were merged into; None where they are not on
        it."""
        survivors = await self.scores.survivors([customer])
        customer = survivors.get(customer, customer)
        top = await self.top(board)
        for index, ranked in enumerate(top.places):
            if ranked.place.customer == customer and (
                index + SIDE < len(top.places) or top.count == len(top.places)
            ):
                places = top.places[max(0, index - SIDE) : index + SIDE + 1]
                return Standing(board, places, top.count, top.time, top.formula)
        return await self._shared(board, customer)

    async def _shared(self, board: Board, customer: str | None) -> Standing | None:
        key = (board, customer)
        task = self._running.get(key)
        if task is None:
            if len(self._running) >= MOST_WAITING:
                raise Unavailable("too many rankings are waited for")
            task = self._running[key] = asyncio.create_task(self._rank(board, customer))
            task.add_done_callback(lambda done: self._ended(key, done))
        return await asyncio.shield(task)

    def _ended(self, key: tuple[Board, str | None], done: asyncio.Task[Standing | None]) -> None:
        self._running.pop(key, None)
        if not done.cancelled():
            done.exception()  # seen, even if every asker has gone

    async def _rank(self, board: Board, customer: str | None) -> Standing | None:
        async with self._one_at_a_time:
            formula, now = (await self.books.live()).formula, self.clock.now()
            ranking: Top | Around = Top(MOST)
            if customer is not None:
                own = await self._places(await self._one(board, customer), board, formula, now)
                if not own:
                    return None
                ranking = Around(own[0], SIDE)
            async for people in self._shown(board.circle):
                ranking.add(await self._places(people, board, formula, now))
            standing = Standing(board, ranking.ranked(), ranking.count, now, formula.version)
            if customer is None:
                self._standing[board] = standing
            return standing

    async def _places(
        self, people: Sequence[Person], board: Board, formula: Formula, now: datetime
    ) -> Sequence[Place]:
        names = {
            one.customer: one.leaderboard_name
            for one in people
            if one.leaderboard_name and one.excluded is None
        }
        profiles = await self.scores.profiles(list(names)) if names else {}
        places = [
            Place(in_units(_points(profile, board.score, formula, now)), name, customer)
            for customer, name in names.items()
            if (profile := profiles.get(customer)) is not None
        ]
        return [place for place in places if place.units > 0]

    async def _one(self, board: Board, customer: str) -> Sequence[Person]:
        if board.circle is not None:
            groups = (await self.memberships.of([customer])).get(customer, ())
            if all(one.group != Group("circle", board.circle) for one in groups):
                return []
        return list((await self.people.of([customer])).values())

    async def _shown(self, circle: str | None) -> AsyncIterator[Sequence[Person]]:
        after = ""
        while circle is None:
            people = await self.people.with_leaderboard_name(after, _AT_ONCE)
            if not people:
                return
            yield people
            after = people[-1].customer
        group = Group("circle", circle)
        while members := await self.memberships.members(group, after, _AT_ONCE):
            known = await self.people.of([one.customer for one in members])
            yield list(known.values())
            after = members[-1].customer


def _points(profile: Profile, name: str, formula: Formula, now: datetime) -> float:
    score: Score = value(profile, (), formula, epoch_ms(now), 0)
    if name == ENGAGEMENT:
        return score.total
    return score.scores[name].total if name in score.scores else score.dimensions.get(name, 0.0)
