"""Load, decide, save, and leave it to the relay to publish: what feedback does, over ports only."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from services.feedback.domain import announcement
from services.feedback.domain.case import Case, Closing, case_of_complaint, case_of_response
from services.feedback.domain.invitation import Invitation
from services.feedback.domain.response import respond
from services.feedback.ports import Announcer, Cases, Kept, Outbox, Responses
from shared.clock import Clock, epoch_ms
from shared.contracts.engagement import ActRef
from shared.errors import Unavailable
from shared.programme.model import Survey

RELAY_BATCH = 500
RELAY_SECONDS = 5.0

log = structlog.get_logger()


@dataclass(slots=True)
class Relay:
    """Publishes what waits in the outbox, in order, until the topic has it.

    Whoever saves something calls `wake` and need not wait. What a crash left behind goes out at
    the next start. Two processes may both tell the same; its id is the same then.
    """

    outbox: Outbox
    announcer: Announcer
    _awake: asyncio.Event = field(default_factory=asyncio.Event)
    _stopping: bool = False

    def wake(self) -> None:
        """Something waits."""
        self._awake.set()

    async def run(self) -> None:
        """Publish until `stop`; whatever is not Unavailable ends the task."""
        while True:
            last_round = self._stopping
            self._awake.clear()
            try:
                await self.drain()
            except Unavailable:
                log.warning("outbox_waits")
            if last_round:
                return
            await self._rest()

    async def drain(self) -> None:
        """Publish all that waits. Raises Unavailable."""
        while waiting := await self.outbox.pending(RELAY_BATCH):
            await self.announcer.announce(waiting)
            await self.outbox.announced([one.id for one in waiting])

    async def stop(self, _: float) -> None:
        """Publish what waits and end `run`."""
        self._stopping = True
        self.wake()

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(RELAY_SECONDS):
                await self._awake.wait()


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody submitted: `value` lies within the survey's scale, `comment` is clean."""

    value: int
    comment: str
    language: str


@dataclass(frozen=True, slots=True)
class KeepAnswers:
    """Keep the one answer to an invitation; a bad one opens a case."""

    store: Responses
    clock: Clock
    wake: Callable[[], None]

    async def __call__(self, invitation: Invitation, survey: Survey, answer: Answer) -> Kept:
        now = epoch_ms(self.clock.now())
        response = respond(invitation, survey, answer.value, answer.comment, answer.language, now)
        case = case_of_response(response, survey)
        announcements = [announcement.answered(response)]
        if case is not None:
            announcements.append(announcement.case_opened(case))
        kept = await self.store.answer(invitation, response, case, announcements)
        if kept == "kept":
            self.wake()
        return kept


@dataclass(frozen=True, slots=True)
class OpenCases:
    """A complaint opens a case, once."""

    store: Cases
    wake: Callable[[], None]

    async def __call__(self, customer: str, act: ActRef, said: str, time: int) -> None:
        case = case_of_complaint(customer, act, said, time)
        if await self.store.open_case(case, announcement.case_opened(case)):
            self.wake()


@dataclass(frozen=True, slots=True)
class CloseCases:
    """Close a case with what put it right."""

    store: Cases
    clock: Clock
    wake: Callable[[], None]

    async def __call__(self, case_id: str, fix: str, note: str) -> Case | None:
        """The closed case, as it was closed first; None if there is none."""
        case = await self.store.case(case_id)
        if case is None or case.closing is not None:
            return case
        closing = Closing(epoch_ms(self.clock.now()), fix, note)
        closed = await self.store.close_case(
            case_id, closing, announcement.case_closed(case, closing)
        )
        self.wake()
        return closed
