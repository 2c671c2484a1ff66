"""requite.acts.v1, read back: what has happened tells events more than one act at a time can."""

from collections.abc import Sequence

from services.events.domain.watched import WatchedAct, watch
from services.events.ports.watching import Watcher
from shared.contracts.acts import short_name
from shared.contracts.cloudevents import kafka_binding
from shared.messaging.handler import DeadLetter
from shared.messaging.ports import Batch, Delivery
from shared.messaging.reading import read_each


class WatchActs:
    """Shows each batch to every watcher, in turn; reads only the kinds that one of them wants.

    What can't be read as an act is dead-lettered by those whose business the act is.
    """

    def __init__(self, watchers: Sequence[Watcher]) -> None:
        self._watchers = watchers
        self._kinds = frozenset[str]().union(*(watcher.kinds for watcher in watchers))

    async def __call__(self, batch: Batch) -> Sequence[DeadLetter]:
        acts, _ = read_each(batch.deliveries, self._read)
        if acts:
            for watcher in self._watchers:
                await watcher(acts)
        return ()

    def _read(self, delivery: Delivery) -> WatchedAct | None:
        said = next((value for name, value in delivery.headers if name == "ce_type"), None)
        if said is not None and short_name(said.decode()) not in self._kinds:
            return None
        event = kafka_binding.decode(delivery.headers, delivery.value)
        return watch(event) if short_name(event.type) in self._kinds else None
