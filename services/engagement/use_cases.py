"""Load, decide, save, publish: what engagement does, over ports only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from services.engagement.domain.act import Act
from services.engagement.domain.formula import Formula
from services.engagement.domain.profile import Score, value
from services.engagement.domain.scoring import score
from services.engagement.ports import Advance, Announcer, ScoreReads, ScoreStore
from shared.clock import Clock, epoch_ms
from shared.errors import Conflict, RequiteError
from shared.messaging.handler import Rewind


class BasisChanged(RequiteError):
    """A half-life or the landmark is not the one that the stored sums were made with."""

    def __init__(self, dimensions: Sequence[str]) -> None:
        super().__init__(
            f"half-life or landmark changed after scoring began, in {', '.join(dimensions)}:"
            " put it back, or rescore (docs/programme.md)"
        )


async def check_basis(store: ScoreStore, formula: Formula) -> None:
    """Raises BasisChanged where `formula` would read the stored sums as something else."""
    kept = await store.pin(formula.basis)
    changed = [name for name, made_with in formula.basis.items() if kept[name] != made_with]
    if changed:
        raise BasisChanged(changed)


@dataclass(slots=True)
class ScoreActs:
    """Score a span of a partition, exactly once, and announce it at least once.

    The position is compared with this consumer's own memory of it, not with a fresh read, so a
    consumer that lost its partition without noticing (a zombie) fails to write.
    """

    store: ScoreStore
    announcer: Announcer
    formula: Formula
    _positions: dict[tuple[str, int], int | None] = field(default_factory=dict)
    _rewound: dict[tuple[str, int], int] = field(default_factory=dict)

    async def __call__(
        self, topic: str, partition: int, start: int, next: int, acts: Sequence[Act]
    ) -> None:
        """Score `acts`, the readable records from `start` up to `next`.

        Raises Rewind when the store stands before `start`; Unavailable.
        """
        while True:
            expected = await self._expected(topic, partition, start)
            advance = Advance(topic, partition, expected, max(next, expected or 0))
            try:
                entries = await self.store.apply(
                    advance, acts, partial(score, acts, formula=self.formula)
                )
            except Conflict:
                self._positions.pop((topic, partition), None)
                continue
            except BaseException:
                self._positions.pop((topic, partition), None)
                raise
            self._positions[topic, partition] = advance.next
            break
        by_key = {entry.key: entry for entry in entries}
        known = {act.key: act for act in acts if act.key in by_key}
        await self.announcer.scored([(act, by_key[key]) for key, act in known.items()])

    async def _expected(self, topic: str, partition: int, start: int) -> int | None:
        at = (topic, partition)
        if at not in self._positions:
            self._positions[at] = await self.store.position(topic, partition)
        if (self._positions[at] or 0) < start:
            # Another member may have had the partition meanwhile, and moved on.
            self._positions[at] = await self.store.position(topic, partition)
        position = self._positions[at]
        stands = position or 0
        if stands < start and self._rewound.get(at) != stands:
            # Asked for once: what the log no longer holds can't be had by asking again.
            self._rewound[at] = stands
            raise Rewind(stands)
        return position


@dataclass(frozen=True, slots=True)
class ReadScores:
    """Answer what customers' scores are now."""

    store: ScoreReads
    formula: Formula
    clock: Clock

    async def one(self, customer: str, most: int) -> Score | None:
        """The score with its `most` weightiest entries; None for a customer without acts, also
        where they were merged into another."""
        return (await self._standing([customer], most)).get(customer)

    async def survivor(self, customer: str) -> str | None:
        """Whom the acts of a customer count for who was merged into another."""
        return (await self.store.survivors([customer])).get(customer)

    async def many(self, customers: Sequence[str], most: int) -> Mapping[str, Score]:
        """Scores of those customers that have acts; the survivor's of one who was merged."""
        scores = dict(await self._standing(customers, most))
        silent = [customer for customer in customers if customer not in scores]
        survivors = await self.store.survivors(silent) if silent else {}
        if survivors:
            others = await self._standing(list(set(survivors.values())), most)
            scores |= {id: others[one] for id, one in survivors.items() if one in others}
        return scores

    async def _standing(self, customers: Sequence[str], most: int) -> Mapping[str, Score]:
        profiles = await self.store.profiles(customers)
        entries = await self.store.heaviest(list(profiles), most) if most and profiles else {}
        now = epoch_ms(self.clock.now())
        return {
            name: value(profile, entries.get(name, ()), self.formula, now, most)
            for name, profile in profiles.items()
        }
