"""Two customers who are one person: one record comes of both, until the merge is undone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta

from msgspec import structs

from services.events.domain.consents import in_order
from services.events.domain.customer import Details, details_of, revise
from shared.clock import epoch_ms
from shared.contracts.customers import Customer
from shared.errors import Conflict

UNDO_FOR = timedelta(days=30)

_OWN = ("consents", "aliases", "excluded", "leaderboard_name")


@dataclass(frozen=True, slots=True)
class Sides:
    """What an undo goes by: the details of both as they were, and what was made of them."""

    source: Details
    target: Details
    combined: Details


@dataclass(frozen=True, slots=True)
class Merge:
    """`source` was given up for `target`; `by` is the id of the key that said so.

    `place` orders the merges into one target. `sides` is None once nobody can undo it any more.
    """

    id: str
    source: str
    target: str
    by: str
    merged_at: datetime
    reason: str | None = None
    undone_at: datetime | None = None
    place: int = 0
    sides: Sides | None = None

    @property
    def undo_until(self) -> datetime:
        return self.merged_at + UNDO_FOR


@dataclass(frozen=True, slots=True)
class Standing:
    """What is kept when a merge begins or is undone: both records, and every merge in force that
    one of the two has part in."""

    source: Customer | None
    target: Customer | None
    merges: Sequence[Merge] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """Merges and customers to be kept as they are here, all or none. `is_new` says whether the
    first of `merges` was made or undone just now."""

    merges: Sequence[Merge]
    customers: Mapping[str, Customer] = field(default_factory=dict)
    is_new: bool = True


def begin(wanted: Merge, standing: Standing) -> Change:
    """Merge `source` into `target`; the same merge again changes nothing.

    Raises Conflict where one of the two was given up already: what is undone later must be what
    was asked for.
    """
    for one in standing.merges:
        if one.source == wanted.source:
            if one.target == wanted.target:
                return Change([one], is_new=False)
            raise Conflict(f"This customer was merged into {one.target} already", "/from")
        if one.source == wanted.target:
            raise Conflict(f"This customer was itself merged into {one.target}", "/into")
    source, target = _details(standing.source), _details(standing.target)
    combined = combine(target, source)
    now_us = epoch_ms(wanted.merged_at) * 1000
    last = max((one.place for one in _into(wanted.target, standing)), default=-1)
    merge = replace(wanted, place=max(now_us, last + 1), sides=Sides(source, target, combined))
    given_up = structs.replace(
        revise(Details(), _revision(standing.source), now_us), merged_into=wanted.target
    )
    customers = {wanted.source: given_up}
    # Of nobody known is still nothing known, so that thanks wait for the record.
    if standing.source is not None or standing.target is not None:
        customers[wanted.target] = revise(combined, _revision(standing.target), now_us)
    return Change([merge], customers)


def undo(merge: Merge, standing: Standing, now: datetime) -> Change:
    """Give `source` its own life back; `target` keeps what was said of it since.

    Raises Conflict when it is too late, or the target was merged on.
    """
    if merge.undone_at is not None:
        return Change([merge], is_new=False)
    if merge.sides is None or now >= merge.undo_until:
        raise Conflict("A merge can be undone for 30 days")
    for one in standing.merges:
        if one.source == merge.target:
            raise Conflict(f"The customer was merged on into {one.target}: undo that merge first")
    now_us = epoch_ms(now) * 1000
    own, later = _without(merge, _details(standing.target), _into(merge.target, standing))
    customers = {merge.source: revise(merge.sides.source, _revision(standing.source), now_us)}
    if standing.target is not None:
        customers[merge.target] = revise(own, standing.target.revision, now_us)
    return Change([replace(merge, undone_at=now), *later], customers)


def combine(own: Details, other: Details) -> Details:
    """`own` with its empty fields filled from `other`; of both consents the later word counts,
    of two at one time the withdrawal. Aliases stay with the id that they lead to, as do
    an exclusion and the name that somebody agreed to be shown by."""
    filled = {
        one.name: getattr(own, one.name) or getattr(other, one.name)
        for one in fields(Details)
        if one.name not in _OWN
    }
    consents = in_order(dict.fromkeys((*own.consents, *other.consents)))
    return replace(own, **filled, consents=consents)


def separate(now: Details, combined: Details, own: Details) -> Details:
    """`own` with what was said since it was `combined`: what is still as the merge made it goes
    back to what it was."""
    names = [one.name for one in fields(Details)]
    unsaid = [name for name in names if getattr(now, name) == getattr(combined, name)]
    brought = set(combined.consents) - set(own.consents)
    said = replace(now, consents=tuple(one for one in now.consents if one not in brought))
    return replace(said, **{name: getattr(own, name) for name in unsaid})


def _without(merge: Merge, now: Details, into: Sequence[Merge]) -> tuple[Details, Sequence[Merge]]:
    """The target's details without this merge, and the merges into it that came later, as they
    are without it: they are undone, last first, and made again."""
    later = [one for one in into if one.place > merge.place]
    for one in (*reversed(later), merge):
        if one.sides is not None:
            now = separate(now, one.sides.combined, one.sides.target)
    again: list[Merge] = []
    for one in later:
        if one.sides is not None:
            combined = combine(now, one.sides.source)
            again.append(replace(one, sides=Sides(one.sides.source, now, combined)))
            now = combined
    return now, again


def _into(target: str, standing: Standing) -> Sequence[Merge]:
    into = [one for one in standing.merges if one.target == target]
    return sorted(into, key=lambda one: one.place)


def _details(customer: Customer | None) -> Details:
    return Details() if customer is None else details_of(customer)


def _revision(customer: Customer | None) -> int | None:
    return None if customer is None else customer.revision
