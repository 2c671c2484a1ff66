"""Where customers stand, as others are told: level, segments and circles."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec
from msgspec import Struct

from services.engagement.domain.membership import Membership


class Place(NamedTuple):
    """The level, and the names of segments and circles in order."""

    level: str
    segments: tuple[str, ...] = ()
    circles: tuple[str, ...] = ()


class Standing(Struct, frozen=True):
    """`customer` was found in this place at `time` (ms); of two the later one holds."""

    customer: str
    time: int
    place: Place

    @property
    def id(self) -> str:
        """32 hex digits that follow from what is said."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:32]


def places(
    levels: Mapping[str, str], memberships: Iterable[Membership], lowest: str
) -> dict[str, Place]:
    """By customer; who has no level of `levels` is in the `lowest` one."""
    names: dict[str, tuple[list[str], list[str]]] = {}
    for one in memberships:
        segments, circles = names.setdefault(one.customer, ([], []))
        (segments if one.group.kind == "segment" else circles).append(one.group.name)
    found = {customer: Place(level) for customer, level in levels.items()}
    for customer, (segments, circles) in names.items():
        level = levels.get(customer, lowest)
        found[customer] = Place(level, tuple(sorted(segments)), tuple(sorted(circles)))
    return found


def changed(
    told: Iterable[Standing], found: Mapping[str, Place], lowest: str, now: int
) -> Sequence[Standing]:
    """What is to be told at `now` (ms). Of who was never told of, others assume the `lowest` level
    and nothing else, as holds for who is not `found`. Later than what was told in any case."""
    nowhere = Place(lowest)
    before = {one.customer: one for one in told}
    new: list[Standing] = []
    for customer in {**found, **before}:
        place, known = found.get(customer, nowhere), before.get(customer)
        if place != (nowhere if known is None else known.place):
            time = now if known is None else max(now, known.time + 1)
            new.append(Standing(customer, time, place))
    return new
