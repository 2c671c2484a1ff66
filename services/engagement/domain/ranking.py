"""Leaderboards: the best of many places, and those around one, without keeping them all.

Whoever shows the same score has the same rank, and the next rank counts them all: 1, 2, 2, 4.
"""

import heapq
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple


class Board(NamedTuple):
    """A leaderboard: of the score or dimension `score`, in a circle or, with None, of everybody."""

    score: str
    circle: str | None = None


class Place(NamedTuple):
    """What is shown of a customer; `units` are hundredths of a point."""

    units: int
    name: str
    customer: str


class Ranked(NamedTuple):
    """A place and its rank, from 1."""

    rank: int
    place: Place


def order(place: Place) -> tuple[int, str, str]:
    """By score, the highest first; those that show the same score by name."""
    return (-place.units, place.name, place.customer)


class Top:
    """The `most` first places of all that were added; `count` says how many these were."""

    def __init__(self, most: int) -> None:
        self.count = 0
        self._most = most
        self._best: list[Place] = []

    def add(self, places: Collection[Place]) -> None:
        """Take in more places, in any order."""
        self.count += len(places)
        self._best = heapq.nsmallest(self._most, [*self._best, *places], key=order)

    def ranked(self) -> Sequence[Ranked]:
        """The first places, in order."""
        return rank(self._best)


class Around:
    """`place` among all that were added, with the `most` next to it on either side."""

    def __init__(self, place: Place, most: int) -> None:
        self.place = place
        self.count = 1
        self._most = most
        self._above: list[Place] = []
        self._below: list[Place] = []
        self._beyond = 0
        self._nearest = (0, 0)
        """The lowest score further up than what is kept, and how many show it."""

    def add(self, places: Iterable[Place]) -> None:
        """Take in more places, in any order; the customer's own is passed over."""
        others = [one for one in places if one.customer != self.place.customer]
        self.count += len(others)
        here = order(self.place)
        above = sorted([*self._above, *(one for one in others if order(one) < here)], key=order)
        kept = max(0, len(above) - self._most)
        self._pass(above[:kept])
        self._above = above[kept:]
        below = [*self._below, *(one for one in others if order(one) > here)]
        self._below = heapq.nsmallest(self._most, below, key=order)

    def ranked(self) -> Sequence[Ranked]:
        """The places around, with the one itself, in order."""
        found = [*self._above, self.place, *self._below]
        units, times = self._nearest
        return rank(found, self._beyond, times if units == found[0].units else 0)

    def _pass(self, further: Sequence[Place]) -> None:
        if not further:
            return
        self._beyond += len(further)
        units, times = self._nearest
        lowest = further[-1].units
        if times == 0 or lowest < units:
            units, times = lowest, 0
        self._nearest = (units, times + sum(one.units == units for one in further))


def rank(places: Sequence[Place], before: int = 0, tied: int = 0) -> Sequence[Ranked]:
    """Ranks of `places`, which are in order, behind `before` others, of which the last `tied` show
    the same score as the first of these."""
    ranked: list[Ranked] = []
    for index, place in enumerate(places):
        number = before + index + 1
        if index == 0:
            number -= tied
        elif place.units == places[index - 1].units:
            number = ranked[-1].rank
        ranked.append(Ranked(number, place))
    return ranked
