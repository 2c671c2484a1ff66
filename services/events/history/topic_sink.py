"""Acts straight to their topic, under the same rules as over HTTP."""

from collections.abc import Sequence
from datetime import datetime

from services.events.domain.admission import Admission
from services.events.domain.identity import is_alias
from services.events.history.patience import Patience
from services.events.history.ports import Sent
from services.events.ports.topics import Acts
from shared.clock import Clock
from shared.contracts.catalogue import Catalogue
from shared.contracts.cloudevents import CloudEvent, InvalidEvent, check
from shared.errors import Invalid


class TopicSink:
    """Publishes what events would admit; says why it would not admit the others."""

    def __init__(
        self,
        acts: Acts,
        patience: Patience,
        clock: Clock,
        catalogue: Catalogue,
        opened: datetime | None = None,
    ) -> None:
        self._acts = acts
        self._patience = patience
        self._clock = clock
        self._catalogue = catalogue
        self._opened = opened

    async def send(self, events: Sequence[CloudEvent]) -> Sent:
        admission = Admission(self._catalogue, self._clock.now(), self._opened)
        admitted: list[CloudEvent] = []
        refused: dict[int, str] = {}
        for index, event in enumerate(events):
            try:
                admitted.append(_of_customer(admission.admit(check(event))))
            except (Invalid, InvalidEvent) as error:
                refused[index] = f"{error.pointer.lstrip('/')}: {error.reason}"
        if admitted:
            await self._patience.insist(lambda: self._acts.publish(admitted))
        return Sent(refused)


def _of_customer(event: CloudEvent) -> CloudEvent:
    """Only a running instance knows whose an alias is. Raises Invalid."""
    if event.subject is not None and is_alias(event.subject):
        raise Invalid("an alias: only a running instance knows whose, use --url", "/subject")
    return event
