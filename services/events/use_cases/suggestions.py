"""What people make of findings, and what is told of it."""

from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass

import structlog

from services.events.domain.admission import check_customer_id
from services.events.domain.suggestion import Suggestion, confirm, reject
from services.events.ports.suggestions import Suggestions
from services.events.use_cases.taking import TakeEvents
from shared.clock import Clock
from shared.errors import Conflict, Invalid

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class TellFindings:
    """Take in the acts and withdrawals that follow from findings, and mark them as told."""

    take: TakeEvents
    suggestions: Suggestions

    async def __call__(self, findings: Sequence[Suggestion]) -> None:
        """Only what is pending; after a crash it is told again, under the same ids.

        Raises Unavailable.
        """
        pending = [one for one in findings if one.pending]
        if not pending:
            return
        receipt = await self.take([one.to_tell for one in pending])
        for refused in receipt.refused:
            log.warning(
                "finding_quarantined",
                detector=pending[refused.index].detector,
                pointer=refused.entry.pointer,
            )
        await self.suggestions.settle(pending)


@dataclass(frozen=True, slots=True)
class Undecided:
    """A suggestion that a decision could not be applied to; `error` is None if there is none."""

    id: str
    error: Conflict | Invalid | None


@dataclass(frozen=True, slots=True)
class DecideSuggestions:
    """Confirm and reject. `by` is the id of an API key."""

    suggestions: Suggestions
    tell: TellFindings
    clock: Clock

    async def confirm(
        self, suggestion_id: str, by: str, subject: str | None = None
    ) -> Suggestion | None:
        """The act is told. None if there is no such suggestion; Conflict, Invalid, Unavailable."""
        now = self.clock.now()
        if subject is not None:
            check_customer_id(subject, "/subject")
        changed = await self.suggestions.change(
            suggestion_id, lambda found: confirm(found, by, now, subject)
        )
        return await self._told(changed)

    async def reject(
        self, suggestion_id: str, by: str, reason: str | None = None
    ) -> Suggestion | None:
        """An act that was told is taken back. None as above. Raises Conflict, Unavailable."""
        now = self.clock.now()
        changed = await self.suggestions.change(
            suggestion_id, lambda found: reject(found, by, now, reason)
        )
        return await self._told(changed)

    async def decide(
        self, confirmed: Iterable[str], rejected: Iterable[str], by: str, reason: str | None = None
    ) -> Sequence[Undecided]:
        """Each by itself; returns those that it could not be done for. Raises Unavailable."""
        undecided: list[Undecided] = []

        async def attempt(one: str, decision: Awaitable[Suggestion | None]) -> None:
            try:
                if await decision is None:
                    undecided.append(Undecided(one, None))
            except (Conflict, Invalid) as error:
                undecided.append(Undecided(one, error))

        for one in dict.fromkeys(confirmed):
            await attempt(one, self.confirm(one, by))
        for one in dict.fromkeys(rejected):
            await attempt(one, self.reject(one, by, reason))
        return undecided

    async def _told(self, changed: Suggestion | None) -> Suggestion | None:
        if changed is not None:
            await self.tell([changed])
        return changed
