"""The one consumer loop: fetch, handle, publish dead letters, commit; drain on stop."""

import asyncio
import random as chance
from collections.abc import Callable, Mapping, Sequence

import structlog

from shared.clock import Clock, epoch_ms
from shared.errors import Unavailable
from shared.messaging.dead_letters import DeadLetters
from shared.messaging.handler import Handler, Rewind
from shared.messaging.health import ConsumerHealth, Place, Progress
from shared.messaging.policies import ConsumerPolicy
from shared.messaging.ports import Batch, MessageLog, Subscription

logger = structlog.get_logger()


class Consumer:
    """A member of a consumer group that gives each topic's batches to that topic's handler.

    Partitions are handled beside each other, one batch of each at a time and in order. A batch
    that meets Unavailable is tried again for ever while the other partitions go on; whatever else
    a handler raises ends `run`, and so does TooManyDeadLetters.
    """

    def __init__(
        self,
        group: str,
        log: MessageLog,
        handlers: Mapping[str, Handler],
        clock: Clock,
        policy: ConsumerPolicy | None = None,
        *,
        random: Callable[[], float] = chance.random,
    ) -> None:
        self.group = group
        self._log = log
        self._handlers = handlers
        self._clock = clock
        self._policy = policy or ConsumerPolicy()
        self._random = random
        self._dead_letters = DeadLetters(group, log, self._policy.dead_letters)
        self._progress = Progress(group, clock)
        self._rewinds: dict[Place, int] = {}
        self._work: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()
        self._deadline = 0.0
        self._ended = asyncio.Event()
        self._ended.set()

    async def run(self) -> None:
        """Consume until `stop`, also through times when the log is away."""
        self._ended.clear()
        failures = 0
        try:
            while not self._stopping.is_set():
                try:
                    async with self._log.subscribe(self.group, list(self._handlers)) as member:
                        failures = 0
                        await self._consume(member)
                except Unavailable as error:
                    failures += 1
                    await self._rest(failures, "log_unavailable", error)
        finally:
            self._ended.set()

    async def stop(self, deadline: float) -> None:
        """Fetch no more, finish the batches in hand within `deadline` seconds, commit, leave.

        What is not finished by then is cancelled and comes again after the next start.
        """
        self._deadline = deadline
        self._stopping.set()
        await self._ended.wait()

    def health(self) -> ConsumerHealth:
        """How this consumer is getting on."""
        return self._progress.snapshot()

    async def check(self) -> None:
        """A readiness check: raises Unavailable after `stalled_after` seconds without progress."""
        if not self.health().healthy(self._policy.stalled_after):
            raise Unavailable(f"consumer {self.group} makes no progress")

    async def _consume(self, member: Subscription) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                watch = tasks.create_task(self._watch(member))
                await self._fetch_until_stopped(member, tasks)
                await self._drain()
                watch.cancel()
        except BaseExceptionGroup as several:
            # The first is what went wrong; it stopped the others.
            raise several.exceptions[0] from several

    async def _fetch_until_stopped(self, member: Subscription, tasks: asyncio.TaskGroup) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                batches = await self._fetch(member)
            except Unavailable as error:
                failures += 1
                await self._rest(failures, "fetch_unavailable", error)
                continue
            failures = 0
            self._progress.fetched(len(batches))
            for batch in batches:
                # One batch of a partition at a time: it stays out of fetches until done.
                member.pause(batch.topic, batch.partition)
                self._progress.began(batch)
                task = tasks.create_task(self._process(member, batch))
                self._work.add(task)
                task.add_done_callback(self._work.discard)
            if self._may_linger(batches):
                await self._stopped_within(self._policy.linger)

    def _may_linger(self, batches: Sequence[Batch]) -> bool:
        policy = self._policy
        if not policy.linger or not batches:
            return False
        reached = min(batch.deliveries[-1].timestamp for batch in batches)
        behind = epoch_ms(self._clock.now()) - reached > 1000 * policy.longest_behind
        return not behind and all(len(batch.deliveries) < policy.batch_size for batch in batches)

    async def _fetch(self, member: Subscription) -> Sequence[Batch]:
        policy = self._policy
        fetch = asyncio.create_task(member.fetch(policy.batch_size, policy.fetch_timeout))
        stop = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait((fetch, stop), return_when=asyncio.FIRST_COMPLETED)
            return fetch.result() if fetch.done() and not self._stopping.is_set() else ()
        finally:
            for task in (fetch, stop):
                task.cancel()
            await asyncio.gather(fetch, stop, return_exceptions=True)

    async def _drain(self) -> None:
        if self._work:
            _, late = await asyncio.wait(self._work, timeout=self._deadline)
            for task in late:
                task.cancel()
                logger.warning("batch_abandoned_on_stop", group=self.group)

    async def _process(self, member: Subscription, batch: Batch) -> None:
        place = batch.topic, batch.partition
        try:
            if await self._handle(member, batch):
                self._progress.done()
                await member.commit({place: batch.next})
        except Unavailable as error:
            # The next commit of this partition makes up for it.
            self._failed("commit_unavailable", error, batch)
        finally:
            self._progress.ended(batch)
            member.resume(*place)

    async def _handle(self, member: Subscription, batch: Batch) -> bool:
        place = batch.topic, batch.partition
        failures = 0
        while place in member.assigned():
            try:
                refused = await self._handlers[batch.topic](batch)
                await self._dead_letters.take(batch, refused)
            except Unavailable as error:
                failures += 1
                if not await self._rest(failures, "batch_unavailable", error, batch):
                    return False
            except Rewind as error:
                await self._rewind(member, batch, error)
                return False
            else:
                self._rewinds.pop(place, None)
                return True
        return False

    async def _rewind(self, member: Subscription, batch: Batch, rewind: Rewind) -> None:
        place = batch.topic, batch.partition
        await member.seek(*place, rewind.position)
        rewinds = self._rewinds[place] = self._rewinds.get(place, 0) + 1
        if rewinds == 1:
            logger.info("batch_rewound", group=self.group, topic=batch.topic, start=batch.start)
        else:
            # Reading from there did not help; the log may have lost what the state has seen.
            await self._rest(rewinds, "batch_rewound_again", rewind, batch)

    async def _watch(self, member: Subscription) -> None:
        while True:
            try:
                lag = await member.lag()
                self._progress.measured(member.assigned(), lag)
            except Unavailable as error:
                self._failed("lag_unavailable", error)
            await asyncio.sleep(self._policy.lag_interval)

    async def _rest(
        self, failures: int, event: str, error: Exception, batch: Batch | None = None
    ) -> bool:
        """Back off; False if it is time to stop."""
        self._failed(event, error, batch, failures)
        return not await self._stopped_within(self._policy.retry.wait(failures, self._random()))

    async def _stopped_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return False
        return True

    def _failed(
        self, event: str, error: Exception, batch: Batch | None = None, failures: int = 1
    ) -> None:
        self._progress.failed(error)
        where = {"topic": batch.topic, "partition": batch.partition} if batch else {}
        logger.warning(event, group=self.group, error=str(error), failures=failures, **where)
