"""requite.acts.v1, read back: what has happened tells events more than one act at a time can."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from msgspec import UNSET

from services.events.domain.watched import WatchedAct, watch
from services.events.inbound.sifting import Sift
from services.events.ports.watching import Watcher
from services.events.use_cases.erasures import HonourErasures
from shared.clock import Clock
from shared.contracts.acts import check_ids, check_size, short_name
from shared.contracts.catalogue import Catalogue
from shared.contracts.cloudevents import kafka_binding
from shared.errors import Invalid
from shared.messaging.handler import DeadLetter
from shared.messaging.ports import Batch, Delivery
from shared.messaging.reading import read_each

# More than is admitted over HTTP, where another clock may go before this one.
FUTURE_TOLERANCE = timedelta(minutes=5, seconds=30)


class WatchActs:
    """Shows each batch to every watcher, in turn; reads only the kinds that one of them wants.

    Not only this service writes to the topic, so what is no act by the catalogue, lies in the
    future or is under another's key has no consequences; engagement dead-letters it.
    """

    def __init__(
        self,
        watchers: Sequence[Watcher],
        catalogue: Catalogue,
        clock: Clock,
        erasures: HonourErasures,
    ) -> None:
        self._watchers = watchers
        self._erasures = erasures
        self._sift = Sift(watchers)
        self._catalogue = catalogue
        self._clock = clock
        self._kinds = frozenset[str]().union(*(watcher.kinds for watcher in watchers))

    async def __call__(self, batch: Batch) -> Sequence[DeadLetter]:
        latest = self._clock.now() + FUTURE_TOLERANCE
        deliveries = await self._sift(batch.deliveries)
        read, _ = read_each(deliveries, partial(self._read, latest=latest))
        acts = await self._erasures.without_erased(read) if read else ()
        if acts:
            for watcher in self._watchers:
                await watcher(acts)
            await self._erasures.look_again(acts)
        return ()

    def _read(self, delivery: Delivery, latest: datetime) -> WatchedAct | None:
        said = next((value for name, value in delivery.headers if name == "ce_type"), None)
        if said is not None and short_name(said.decode()) not in self._kinds:
            return None
        event = kafka_binding.decode(delivery.headers, delivery.value)
        if short_name(event.type) not in self._kinds:
            return None
        check_ids(event)
        check_size(event)
        payload = self._catalogue.check(event)
        act = watch(event)
        updated_at = getattr(payload, "updated_at", UNSET)
        if act.time > latest or (updated_at is not UNSET and updated_at > latest):
            raise Invalid("lies in the future")
        if act.subject.encode() != delivery.key:
            raise Invalid("not the record's key, which is the customer's id", "/subject")
        return act
