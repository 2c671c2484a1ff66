"""Acts straight to their topic, under the same rules as over HTTP."""

from collections.abc import Mapping, Sequence

from services.events.domain.admission import Admission
from services.events.history.patience import Patience
from services.events.ports.topics import Acts
from shared.clock import Clock
from shared.contracts.cloudevents import CloudEvent, InvalidEvent, check
from shared.errors import Invalid


class TopicSink:
    """Publishes what events would admit; says why it would not admit the others."""

    def __init__(self, acts: Acts, patience: Patience, clock: Clock) -> None:
        self._acts = acts
        self._patience = patience
        self._clock = clock

    async def send(self, events: Sequence[CloudEvent]) -> Mapping[int, str]:
        admission = Admission(self._clock.now())
        admitted: list[CloudEvent] = []
        refused: dict[int, str] = {}
        for index, event in enumerate(events):
            try:
                admitted.append(admission.admit(check(event)))
            except (Invalid, InvalidEvent) as error:
                refused[index] = f"{error.pointer.lstrip('/')}: {error.reason}"
        if admitted:
            await self._patience.insist(lambda: self._acts.publish(admitted))
        return refused
