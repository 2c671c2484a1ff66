"""requite.acts.v1, read back: what has happened tells events more than one act at a time can."""

from collections.abc import Callable, Sequence
from functools import partial

from services.events.domain.watched import WatchedAct, watch
from services.events.inbound.sifting import Sift
from services.events.ports.watching import Watcher
from services.events.use_cases.erasures import HonourErasures
from shared.clock import Clock
from shared.contracts.acts import short_name
from shared.contracts.acts_reader import ActsReader, ToldAct
from shared.contracts.cloudevents import CloudEvent, kafka_binding
from shared.messaging.handler import DeadLetter
from shared.messaging.ports import Batch, Delivery
from shared.messaging.reading import read_each


class WatchActs:
    """Shows each batch to every watcher, in turn; reads only the kinds that one of them wants.

    What is no act by `reader` has no consequences; engagement dead-letters it.
    """

    def __init__(
        self,
        watchers: Sequence[Watcher],
        reader: ActsReader,
        clock: Clock,
        erasures: HonourErasures,
    ) -> None:
        self._watchers = watchers
        self._erasures = erasures
        self._sift = Sift(watchers)
        self._reader = reader
        self._clock = clock
        self._kinds = frozenset[str]().union(*(watcher.kinds for watcher in watchers))

    async def __call__(self, batch: Batch) -> Sequence[DeadLetter]:
        tell = self._reader.at(self._clock.now())
        deliveries = await self._sift(batch.deliveries)
        read, _ = read_each(deliveries, partial(self._read, tell=tell))
        acts = await self._erasures.without_erased(read) if read else ()
        if acts:
            for watcher in self._watchers:
                await watcher(acts)
            await self._erasures.look_again(acts)
        return ()

    def _read(
        self, delivery: Delivery, tell: Callable[[CloudEvent, bytes], ToldAct]
    ) -> WatchedAct | None:
        said = next((value for name, value in delivery.headers if name == "ce_type"), None)
        if said is not None and short_name(said.decode()) not in self._kinds:
            return None
        event = kafka_binding.decode(delivery.headers, delivery.value)
        if short_name(event.type) not in self._kinds:
            return None
        tell(event, delivery.key)
        return watch(event)
