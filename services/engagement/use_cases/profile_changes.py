"""Tell somebody who keeps a profile open when it has changed."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from services.engagement.use_cases.profiles import ReadProfiles, View
from shared.errors import Unavailable


class Quiet:
    """Nothing has changed for a while."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The customer was erased, or merged into another."""

    merged_into: str | None


@dataclass(slots=True)
class WatchProfiles:
    """Looks every `interval` seconds, since whatever changes a profile may do so in another
    process; at most `most` at a time. Ends by itself once `stopping` is set."""

    profiles: ReadProfiles
    stopping: asyncio.Event
    most: int
    interval: float = 1.0
    quiet_after: float = 15.0
    _open: int = field(default=0, init=False)

    @contextmanager
    def place(self) -> Iterator[bool]:
        """Whether there is room for one more, who has it while the context lasts."""
        if self._open >= self.most:
            yield False
            return
        self._open += 1
        try:
            yield True
        finally:
            self._open -= 1

    async def __call__(
        self,
        customer: str,
        with_identity: bool,
        is_known: Callable[[str], bool],
        may_go_on: Callable[[], bool],
    ) -> AsyncIterator[View | Quiet | Gone]:
        """The view at once unless the caller's tag `is_known`, then whenever its tag has changed.
        Ends after Gone, and when the caller may not go on."""
        shown: str | None = None
        quiet = 0.0
        while may_go_on():
            news: View | Gone | None = None
            with suppress(Unavailable):  # The caller has what was true before, and stays.
                news = await self._look(customer, with_identity, shown)
            if isinstance(news, Gone):
                yield news
                return
            if news is not None and news.tag != shown:
                is_first, shown = shown is None, news.tag
                if not (is_first and is_known(news.tag)):
                    quiet = 0.0
                    yield news
            if await self._stopped_within(self.interval):
                return
            quiet += self.interval
            if quiet >= self.quiet_after:
                quiet = 0.0
                yield Quiet()

    async def _look(self, customer: str, with_identity: bool, shown: str | None) -> View | Gone:
        # What has not changed, as nearly always, is not read whole.
        view = await self.profiles.view(customer, with_identity, weightiest=0)
        if view is not None and view.tag != shown:
            view = await self.profiles.view(customer, with_identity)
        return view or Gone(await self.profiles.read.survivor(customer))

    async def _stopped_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self.stopping.wait()
        except TimeoutError:
            return False
        return True
