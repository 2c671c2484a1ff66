"""What is read back after somebody was erased is not remembered again."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.events.domain.watched import WatchedAct
from services.events.ports.erased import Erased
from services.events.ports.forgetting import Forgetting


@dataclass(frozen=True, slots=True)
class HonourErasures:
    """Asked before and after acts are looked at. Raises Unavailable."""

    erased: Erased
    forgetting: Sequence[Forgetting]

    async def without_erased(self, acts: Sequence[WatchedAct]) -> Sequence[WatchedAct]:
        """The acts of those who were not erased."""
        gone = await self.erased.among({act.subject for act in acts})
        return [act for act in acts if act.subject not in gone]

    async def look_again(self, acts: Sequence[WatchedAct]) -> None:
        """Who was erased meanwhile may just have been remembered: forget them once more."""
        gone = await self.erased.among({act.subject for act in acts})
        if gone:
            for one in self.forgetting:
                await one.forget(gone)
