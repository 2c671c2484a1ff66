"""Answer everything that is known of one customer."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import msgspec

from services.engagement.domain.membership import Membership
from services.engagement.domain.moment import Moment
from services.engagement.domain.person import Person
from services.engagement.domain.profile import Profile, Score, value
from services.engagement.domain.timeline_page import Page
from services.engagement.ports.memberships import MembershipReads
from services.engagement.ports.people import PeopleStore
from services.engagement.use_cases.reading import ReadScores
from services.engagement.use_cases.timeline import KINDS, ReadTimeline
from shared.clock import Clock, epoch_ms

WEIGHTIEST, FIRST_PAGE = 5, 20
_MOST_MOMENTS = 200
# A database may have whole numbers of a type of its own.
_encode = msgspec.json.Encoder(order="deterministic", enc_hook=int).encode


@dataclass(frozen=True, slots=True)
class Known:
    """A customer of whom something is known, and all ids of the same person."""

    customer: str
    ids: Collection[str]
    score: Score
    person: Person | None


@dataclass(frozen=True, slots=True)
class View:
    """The 360-degree view. `person` is None where nothing is known, or nothing may be shown.

    `tag` stands for what is known: it changes with every fact and, since scores age, every day.
    """

    customer: str
    person: Person | None
    excluded: str | None
    score: Score
    firsts: Sequence[Moment]
    memberships: Sequence[Membership]
    timeline: Page
    tag: str


@dataclass(frozen=True, slots=True)
class ReadProfiles:
    """A customer is known who has acts, or of whom there is a record."""

    read: ReadScores
    people: PeopleStore
    memberships: MembershipReads
    timeline: ReadTimeline
    clock: Clock

    async def known(self, customer: str, weightiest: int = 0) -> Known | None:
        """None for one who is unknown, erased, or was merged into another. The score has as many
        of its weightiest entries."""
        score = await self.read.one(customer, weightiest)
        person = (await self.people.of([customer])).get(customer)
        if score is None:
            if person is None:
                return None
            formula = (await self.read.books.live()).formula
            score = value(Profile(customer), (), formula, epoch_ms(self.clock.now()), 0)
        return Known(customer, await self.read.store.family(customer), score, person)

    async def knows(self, customer: str) -> bool:
        """Whether anything is known of the customer, or of whom they were merged into."""
        return (
            await self.known(customer) is not None or await self.read.survivor(customer) is not None
        )

    async def view(
        self, customer: str, with_identity: bool, weightiest: int = WEIGHTIEST
    ) -> View | None:
        """None for one who is not `known`; the tag is the same for any `weightiest`."""
        known = await self.known(customer, weightiest)
        if known is None:
            return None
        memberships = (await self.memberships.of([customer])).get(customer, ())
        timeline = await self.timeline(customer, known.ids, KINDS, None, FIRST_PAGE)
        firsts = await self._firsts(known.ids)
        person = known.person if with_identity else None
        excluded = None if known.person is None else known.person.excluded
        score = known.score
        facts = (
            (customer, with_identity, person, excluded, score.profile, memberships),
            (score.level.name, score.formula, timeline, firsts),
            self.clock.now().date(),
        )
        tag = hashlib.sha256(_encode(facts)).hexdigest()[:32]
        return View(customer, person, excluded, score, firsts, memberships, timeline, tag)

    async def _firsts(self, ids: Collection[str]) -> Sequence[Moment]:
        moments = await self.timeline.moments.of(ids, None, _MOST_MOMENTS)
        return [moment for moment in moments if moment.kind == "first"]
