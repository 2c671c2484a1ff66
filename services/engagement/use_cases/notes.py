"""Staff write down what the next one who serves the customer should know."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from services.engagement.domain.timeline import Item, Note, note_key
from services.engagement.ports.timeline import TimelineStore
from services.engagement.use_cases.profiles import ReadProfiles
from shared.clock import Clock, epoch_ms
from shared.errors import Invalid


@dataclass(frozen=True, slots=True)
class KeepNotes:
    """Notes stand on the timeline of the id that they were written for; `ids` makes new ones."""

    profiles: ReadProfiles
    items: TimelineStore
    clock: Clock
    ids: Callable[[], str]

    async def write(
        self, customer: str, author: str, text: str, once: str | None = None
    ) -> Item | None:
        """The note as it is kept; None for a customer who is not known. The same request told
        `once`, by a text that nobody else has, keeps one note; raises Invalid if it came with
        another text or for another customer before.
        """
        if await self.profiles.known(customer) is None:
            return None
        id = self.ids() if once is None else hashlib.sha256(once.encode()).hexdigest()[:32]
        note = Note(id=id, author=author, text=text)
        now = epoch_ms(self.clock.now())
        await self.items.add([Item(key=note_key(id), customer=customer, time=now, body=note)])
        kept = await self.items.find(note_key(id))
        if kept is not None and (kept.customer, kept.body) != (customer, note):
            raise Invalid("this Idempotency-Key came with another request before")
        return kept

    async def strike(self, customer: str, id: str) -> bool | None:
        """Whether there was such a note; None for a customer who is not known."""
        known = await self.profiles.known(customer)
        if known is None:
            return None
        return await self.items.remove(note_key(id), known.ids)
