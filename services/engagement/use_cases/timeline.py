"""Answer what happened between a customer and us, newest first."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import get_args

from services.engagement.domain.timeline import ItemKind, Kind, Place
from services.engagement.domain.timeline_page import Page, Shown, merge
from services.engagement.ports.moments import MomentStore
from services.engagement.ports.scores import ScoreReads
from services.engagement.ports.timeline import TimelineStore

KINDS: frozenset[Kind] = frozenset(get_args(Kind))
_ITEM_KINDS: Sequence[ItemKind] = get_args(ItemKind)


@dataclass(frozen=True, slots=True)
class ReadTimeline:
    """Acts are read from the ledger, so they are those of all ids that count for the customer."""

    scores: ScoreReads
    items: TimelineStore
    moments: MomentStore

    async def __call__(
        self,
        customer: str,
        ids: Collection[str],
        kinds: Collection[Kind],
        before: Place | None,
        most: int,
    ) -> Page:
        """A page for the `customer`, of whom all `ids` are, of at most `most` things of `kinds`
        from behind `before`. Reading on from where a page ended finds everything once, whatever
        comes meanwhile."""
        lists: list[Sequence[Shown]] = []
        if "act" in kinds:
            lists.append(await self.scores.recent(customer, before, most + 1))
        # An act that is an answer has to be known as one.
        wanted = {*kinds, "answer"} if "act" in kinds else set(kinds)
        if items := [kind for kind in _ITEM_KINDS if kind in wanted]:
            lists.append(await self.items.recent(ids, items, before, most + 1))
        if "moment" in kinds:
            lists.append(await self.moments.of(ids, before, most + 1))
        return merge(lists, kinds, most)
