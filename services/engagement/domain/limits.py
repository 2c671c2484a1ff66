"""Limits on what acts of one kind earn: how often they count, less and less, and a cap.

What each act earns depends on the set of its customer's acts of that kind only: they are taken in
the order of their time (of two at once, of their keys), whenever they arrived. First it is asked
whether an act may earn at all and whether the customer was known for long enough, then which ones
of those count, then how much less the later ones of a period earn, then what is left of the cap.
"""

from bisect import bisect_left, insort
from dataclasses import dataclass

from services.engagement.domain import ledger
from services.engagement.domain.period import Period


@dataclass(frozen=True, slots=True)
class Limits:
    """`nth` is the only act that counts, `every` the distance of those that do; of a period's
    earning acts the k-th earns `factor` ** (k - 1) of its amount, and all together at most
    `most_points`, or the first `most_times`; `least_age` is in ms."""

    nth: int | None = None
    every: int | None = None
    factor: float = 1.0
    diminishing_per: Period | None = None
    most_points: float | None = None
    most_times: int | None = None
    cap_per: Period | None = None
    least_age: int = 0

    @property
    def need_all(self) -> bool:
        """Whether all earlier acts have a say, however long ago they were."""
        return self.nth is not None or self.every is not None

    def reach_back(self, time: int) -> int:
        """From when on (ms) acts have a say in what one at `time` earns."""
        periods = [one for one in (self.diminishing_per, self.cap_per) if one is not None]
        return min([time, *(period.begins(time) for period in periods)])


@dataclass(slots=True)
class Claim:
    """An act that asks for `amount` points and is credited some of them; `key` is its own, or its
    order's. `bar` is the note on one that may not earn at all."""

    time: int
    key: str
    amount: float
    bar: str | None = None
    credit: float = 0.0
    note: str | None = None

    @property
    def place(self) -> tuple[int, str]:
        """In the order of acts."""
        return (self.time, self.key)


def _place(claim: Claim) -> tuple[int, str]:
    return claim.place


class Track:
    """The standing claims of one customer by acts of one kind, whose first act was at `first` (ms).

    It may lack claims before what `Limits.reach_back` says. What is known of the first claims is
    kept until one of them changes, so that a claim that comes last takes no longer, however many
    there are: limits are there for who does the same ten thousand times.
    """

    def __init__(self, limits: Limits, first: int) -> None:
        self._limits = limits
        self._first = first
        self._claims: list[Claim] = []
        self._by_key: dict[str, Claim] = {}
        self._standing = [0]
        """How many of the first 0, 1, … claims are not barred."""
        self._earners: list[int] = []
        """Which of the first `_seen` claims earn something, by their index."""
        self._seen = 0

    def hold(self, claim: Claim) -> None:
        """Take in a claim with what it was credited before."""
        insort(self._claims, claim, key=_place)
        self._by_key[claim.key] = claim
        self._change_from(bisect_left(self._claims, claim.place, key=_place))

    def put(self, claim: Claim) -> list[Claim]:
        """Let a claim stand, in the place of one with its key; returns those that changed."""
        known = self._remove(claim.key)
        self.hold(claim)
        return self._assess(min(claim.place, claim.place if known is None else known.place))

    def drop(self, key: str) -> list[Claim]:
        """As if the claim had never been made; returns the others that changed."""
        known = self._remove(key)
        return [] if known is None else self._assess(known.place)

    def know_since(self, first: int) -> list[Claim]:
        """The customer's first act was earlier than thought; returns the claims that changed."""
        if first >= self._first:
            return []
        self._first = first
        self._change_from(0)
        return self._assess((0, "")) if self._limits.least_age else []

    def _remove(self, key: str) -> Claim | None:
        claim = self._by_key.pop(key, None)
        if claim is not None:
            index = bisect_left(self._claims, claim.place, key=_place)
            del self._claims[index]
            self._change_from(index)
        return claim

    def _change_from(self, index: int) -> None:
        """Nothing is known any more of the claims from this one on."""
        del self._standing[index + 1 :]
        del self._earners[bisect_left(self._earners, index) :]
        self._seen = min(self._seen, index)

    def _assess(self, place: tuple[int, str]) -> list[Claim]:
        changed = []
        start = bisect_left(self._claims, place, key=_place)
        self._change_from(start)
        for index in range(start, len(self._claims)):
            claim = self._claims[index]
            credit, note = self._credit(index)
            if note != claim.note or abs(credit - claim.credit) > 1e-12 * (1 + abs(credit)):
                changed.append(claim)
            claim.credit, claim.note = credit, note
        return changed

    def _credit(self, index: int) -> tuple[float, str | None]:
        limits, claim = self._limits, self._claims[index]
        bar = self._bar(claim) or self._not_among_those_that_count(index)
        if bar is not None:
            return 0.0, bar
        credit, note = claim.amount, None
        if limits.diminishing_per is not None:
            since = self._earning_since(index, limits.diminishing_per)
            earlier = len(self._earners) - since
            if earlier:
                credit, note = credit * limits.factor**earlier, ledger.DIMINISHED
        if limits.cap_per is not None:
            since = self._earning_since(index, limits.cap_per)
            if limits.most_times is not None and len(self._earners) - since >= limits.most_times:
                return 0.0, ledger.CAPPED
            if limits.most_points is not None:
                before = sum(self._claims[one].credit for one in reversed(self._earners[since:]))
                if credit > limits.most_points - before:
                    return max(0.0, limits.most_points - before), ledger.CAPPED
        return credit, note

    def _not_among_those_that_count(self, index: int) -> str | None:
        limits = self._limits
        if not limits.need_all:
            return None
        standing = self._standing
        for earlier in self._claims[len(standing) - 1 : index]:
            standing.append(standing[-1] + (self._bar(earlier) is None))
        place = 1 + standing[index]
        if limits.nth is not None and place != limits.nth:
            return ledger.ONLY_ONCE if limits.nth == 1 else ledger.NOT_THE_NTH
        if limits.every is not None and place % limits.every:
            return ledger.NOT_THE_NTH
        return None

    def _bar(self, claim: Claim) -> str | None:
        if claim.bar is not None:
            return claim.bar
        least = self._limits.least_age
        return ledger.TOO_YOUNG if least and claim.time - self._first < least else None

    def _earning_since(self, index: int, period: Period) -> int:
        """From which of `_earners` on they are those of the claim's period, which are before it."""
        for earlier in range(self._seen, index):
            if self._claims[earlier].credit:
                self._earners.append(earlier)
        self._seen = index
        begins = period.begins(self._claims[index].time)
        return bisect_left(self._earners, begins, key=lambda one: self._claims[one].time)
