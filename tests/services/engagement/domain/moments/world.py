"""A customer whose acts are observed, and whom somebody looks at when it is due."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, tzinfo

from services.engagement.domain.act import act_key
from services.engagement.domain.decay import DAY_MS, Decay
from services.engagement.domain.formula import Demotion, Formula, Level
from services.engagement.domain.ledger import Change, Entry
from services.engagement.domain.moment import Moment
from services.engagement.domain.moments import Observed, Observer, Rules, due
from services.engagement.domain.moments.rules import Risk, Silence
from services.engagement.domain.profile import Profile
from services.engagement.domain.watch import UNWATCHED, Watch
from shared.clock import epoch_ms

LANDMARK = epoch_ms(datetime(2025, 1, 1, tzinfo=UTC))
START = epoch_ms(datetime(2026, 1, 1, 12, tzinfo=UTC))
FORMULA = Formula(
    version="test",
    decays={"commerce": Decay(LANDMARK, 180 * DAY_MS), "voice": Decay(LANDMARK, 60 * DAY_MS)},
    rules={},
    levels=[Level("newcomer", 0.0), Level("friend", 20.0), Level("ally", 60.0)],
    exchange={},
    demotion=Demotion(30 * DAY_MS, 30 * DAY_MS),
)
NOTHING = Rules(
    contact=False,
    firsts=frozenset(),
    nth={},
    level_reached=False,
    anniversaries_at=None,
    comeback_after=None,
    silence=None,
    at_risk=None,
    announce_within=30 * DAY_MS,
)
EVERYTHING = Rules(
    contact=True,
    firsts=frozenset(("purchase", "complaint")),
    nth={"purchase": (2, 3, 5), "help": (2,)},
    level_reached=True,
    anniversaries_at=time(9),
    comeback_after=90 * DAY_MS,
    silence=Silence(3.0, 30 * DAY_MS, 3),
    at_risk=Risk(frozenset(("complaint",)), 0.3, True, None, 30 * DAY_MS),
    announce_within=30 * DAY_MS,
)


def day(number: float) -> int:
    """Ms of so many days after START."""
    return START + round(number * DAY_MS)


def entry(
    kind: str = "purchase",
    on: float = 0,
    points: float = 10.0,
    *,
    id: str | None = None,
    cell: str = "commerce",
    rating: float | None = None,
    kept_promise: bool | None = None,
    note: str | None = None,
    withdraws: str | None = None,
) -> Entry:
    """An entry of customer c, `on` days after START."""
    at = day(on)
    weight = FORMULA.decays[cell].to_landmark(points, at)
    return Entry(
        key=act_key("/shop", id or f"{kind}-{on}"),
        customer="c",
        origin="c",
        kind=kind,
        time=at,
        cell=cell,
        points=points,
        counts_from=at,
        weight=weight,
        formula="test",
        rating=rating,
        kept_promise=kept_promise,
        note=note,
        withdraws=withdraws,
    )


def change_of(entries: Sequence[Entry]) -> Change:
    """What they add; those with a note are no further act."""
    change = Change()
    for one in entries:
        change.enter(one)
        if one.note is None and one.withdraws is None:
            change.count(one.kind, 1)
    return change


class World:
    """Keeps a profile, and moments by id as a store does; `told` are those announced."""

    def __init__(
        self, rules: Rules = EVERYTHING, formula: Formula = FORMULA, zone: tzinfo = UTC
    ) -> None:
        self.rules, self.formula, self.zone = rules, formula, zone
        self.profile: Profile | None = None
        self.moments: dict[str, Moment] = {}
        self.told: list[str] = []
        self._ledger: set[str] = set()

    def tell(self, now: float, *entries: Entry) -> list[Moment]:
        """Score a batch on day `now`; what the ledger holds is no news."""
        fresh = [one for one in {e.key: e for e in entries}.values() if one.key not in self._ledger]
        if not fresh:
            return []
        self._ledger |= {one.key for one in fresh}
        change = change_of(fresh)
        observed = Observer(self.formula, self.rules, day(now)).observe(self.profile, change, fresh)
        before = self.profile or Profile("c", first=2**62)
        sums, acts = dict(before.sums), dict(before.acts)
        for cell, weight in change.sums.items():
            sums[cell] = sums.get(cell, 0.0) + weight
        for kind, times in change.acts.items():
            acts[kind] = acts.get(kind, 0) + times
        first, last = min(before.first, change.first), max(before.last, change.last)
        self.profile = Profile("c", sums, acts, {}, first, last, observed.watch)
        return self._keep(observed)

    def look(self, now: float) -> list[Moment]:
        """The due round on day `now`."""
        if self.profile is None or self.watch.due is None or self.watch.due > day(now):
            return []
        return self.look_anyway(now)

    def look_anyway(self, now: float) -> list[Moment]:
        """Look on day `now` though it may not be due."""
        assert self.profile is not None
        observed = due(self.profile, self.formula, self.rules, day(now), self.zone)
        assert observed.watch.due is None or observed.watch.due > day(now)
        p = self.profile
        self.profile = Profile("c", p.sums, p.acts, {}, p.first, p.last, observed.watch)
        return self._keep(observed)

    @property
    def watch(self) -> Watch:
        return UNWATCHED if self.profile is None else self.profile.watch

    @property
    def level(self) -> str:
        return self.watch.levels[-1].level

    @property
    def levels(self) -> list[tuple[str, int]]:
        """The history of levels, in days after START."""
        return [(held.level, (held.since - START) // DAY_MS) for held in self.watch.levels]

    def names(self, kind: str) -> list[str]:
        """The names of moments of a kind, in the order in which they were noticed."""
        return [one.name for one in self.moments.values() if one.kind == kind]

    def _keep(self, observed: Observed) -> list[Moment]:
        for one in (*observed.moments, *observed.history):
            self.moments.setdefault(one.id, one)
        fresh = [one for one in observed.moments if one.id not in self.told]
        self.told += [one.id for one in fresh]
        return fresh
