"""Find customers by what is known of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from services.engagement.domain.membership import Group
from services.engagement.domain.name_search import has_prefixes
from services.engagement.domain.person import Person
from services.engagement.domain.profile import Score
from services.engagement.ports.memberships import MembershipReads
from services.engagement.ports.people import PeopleStore, WordPlace
from services.engagement.use_cases.reading import ReadScores

_CHUNK, _MOST_LOOKED_AT = 200, 2000
START = WordPlace("", "")
"""Before all."""
EVER = 2**62
"""After all times."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What all customers that are found have in common; None asks for nothing.

    `name` is the `name_words` of what some words of the name begin with. Acts of kind `act` were
    told from `since` to before `until` (ms); without `act` that is when the last one was.
    """

    id: str | None = None
    alias: str | None = None
    name: Sequence[str] = ()
    level: str | None = None
    segment: str | None = None
    act: str | None = None
    since: int = -EVER
    until: int = EVER

    @property
    def needs_person(self) -> bool:
        """Whether personal data decides."""
        return self.alias is not None or bool(self.name)


@dataclass(frozen=True, slots=True)
class Found:
    """A customer with what is known of them; `score` is None where there are no acts."""

    customer: str
    score: Score | None
    person: Person | None


@dataclass(frozen=True, slots=True)
class Hits:
    """`after` is where to go on, None at the end. A page may be short or empty before it."""

    found: Sequence[Found]
    after: WordPlace | None


@dataclass(frozen=True, slots=True)
class SearchProfiles:
    """Goes through what leads to the fewest, and looks at 2,000 customers at most at a time.

    `segments` and `acts` are those of the programme.
    """

    read: ReadScores
    people: PeopleStore
    memberships: MembershipReads
    segments: Collection[str]
    acts: Collection[str]

    async def __call__(self, wanted: Wanted, after: WordPlace | None, limit: int) -> Hits:
        """At most `limit` customers from behind `after`. Those who were merged into others are
        found as these; without id, alias and name only who has acts, or is in the segment."""
        found: list[Found] = []
        place: WordPlace | None = after or START
        looked_at = 0
        while place is not None and looked_at < _MOST_LOOKED_AT:
            places, following = await self._candidates(wanted, place, _CHUNK)
            looked_at += max(len(places), 1)
            fitting = await self._fitting(wanted, [one.customer for one in places])
            for one in places:
                if one.customer in fitting:
                    found.append(fitting[one.customer])
                    if len(found) == limit:
                        is_last = one is places[-1]
                        return Hits(found, following if is_last else one)
            place = following
        return Hits(found, place)

    async def _candidates(
        self, wanted: Wanted, after: WordPlace, most: int
    ) -> tuple[Sequence[WordPlace], WordPlace | None]:
        """Customers from behind `after`, and where to go on."""
        if wanted.id is not None or wanted.alias is not None:
            ids = [wanted.id] if wanted.id else await self.people.by_alias(wanted.alias or "")
            survivors = await self.read.store.survivors(ids)
            standing = sorted({survivors.get(id, id) for id in ids})
            return [WordPlace("", id) for id in standing if id > after.customer], None
        if wanted.name:
            start = None if after == START else after
            by_name = await self.people.by_name(wanted.name, start, most)
            return by_name.places, by_name.after
        if wanted.segment is not None:
            group = Group("segment", wanted.segment)
            members = await self.memberships.members(group, after.customer, most)
            customers = [one.customer for one in members]
        else:
            profiles = await self.read.store.scan(after.customer, most)
            customers = [one.customer for one in profiles]
        places = [WordPlace("", customer) for customer in customers]
        return places, places[-1] if len(places) == most else None

    async def _fitting(self, wanted: Wanted, customers: Sequence[str]) -> Mapping[str, Found]:
        """Those of the customers that are known and as wanted."""
        if not customers:
            return {}
        scores = await self.read.many(customers, 0)
        people = await self.people.of(customers)
        left = [
            id
            for id in customers
            if (id in scores or id in people) and _fits(wanted, scores.get(id), people.get(id))
        ]
        if wanted.segment is not None:
            segments = await self.memberships.segments_of(left)
            left = [id for id in left if wanted.segment in segments.get(id, ())]
        if wanted.act is not None and left:
            did: Collection[str] = await self.read.store.who_did(
                left, wanted.act, wanted.since, wanted.until
            )
            left = [id for id in left if id in did]
        return {id: Found(id, scores.get(id), people.get(id)) for id in left}


def _fits(wanted: Wanted, score: Score | None, person: Person | None) -> bool:
    if wanted.needs_person and person is None:
        return False
    if person is not None and wanted.alias is not None and wanted.alias not in person.aliases:
        return False
    if person is not None and wanted.name and not has_prefixes(person.name, wanted.name):
        return False
    if wanted.level is not None and (score is None or score.level.name != wanted.level):
        return False
    if wanted.act is None and (wanted.since, wanted.until) != (-EVER, EVER):
        return score is not None and wanted.since <= score.profile.last < wanted.until
    return True
