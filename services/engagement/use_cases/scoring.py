"""Acts become scores."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from services.engagement.domain.act import Act
from services.engagement.domain.moments import Rules
from services.engagement.domain.scoring import score
from services.engagement.ports.announcer import Announcer
from services.engagement.ports.scores import Advance, ScoreStore
from shared.clock import Clock, epoch_ms
from shared.errors import Conflict
from shared.messaging.handler import Rewind


@dataclass(slots=True)
class ScoreActs:
    """Score a span of a partition, exactly once, and announce it at least once.

    The position is compared with this consumer's own memory of it, not with a fresh read, so a
    consumer that lost its partition without noticing (a zombie) fails to write. `wake` is called
    after each, since there may be moments to announce; `in_context` adds what is known of acts
    beyond what they say themselves.
    """

    store: ScoreStore
    announcer: Announcer
    rules: Rules
    clock: Clock
    wake: Callable[[], None] | None = None
    in_context: Callable[[Sequence[Act]], Awaitable[Sequence[Act]]] | None = None
    _positions: dict[tuple[str, int], int | None] = field(default_factory=dict)
    _rewound: dict[tuple[str, int], int] = field(default_factory=dict)

    async def __call__(
        self, topic: str, partition: int, start: int, next: int, acts: Sequence[Act]
    ) -> None:
        """Score `acts`, the readable records from `start` up to `next`.

        Raises Rewind when the store stands before `start`; Unavailable.
        """
        if self.in_context is not None:
            acts = await self.in_context(acts)
        while True:
            expected = await self._expected(topic, partition, start)
            advance = Advance(topic, partition, expected, max(next, expected or 0))
            now = epoch_ms(self.clock.now())
            decide = partial(score, acts, rules=self.rules, now=now)
            try:
                entries = await self.store.apply(advance, acts, decide)
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
        if self.wake is not None:
            self.wake()

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
