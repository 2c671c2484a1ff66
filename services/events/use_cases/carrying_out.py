"""What deliveries say, done: people, then links, then acts; then what must be forgotten.

Deliveries that are done together share each trip to the store and to the topic.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

import msgspec
import structlog

from services.events.connectors.port import DataRequest, Reading
from services.events.domain.admission import check_customer_id, check_own_id
from services.events.domain.data_request import AskedFor, request_id
from services.events.domain.identity import Person, check_alias
from services.events.ports.data_requests import DataRequests
from services.events.use_cases.customers import KeepCustomers
from services.events.use_cases.identities import LinkAliases
from services.events.use_cases.introductions import IntroducePeople
from services.events.use_cases.taking import TakeEvents
from shared.clock import Clock
from shared.errors import RequiteError, Unavailable

AT_ONCE = 500
MOST_REMEMBERED = 50_000

log = structlog.get_logger()


@dataclass(slots=True)
class Told:
    """What the delivery of `source` says; then the `fault` for which it can't be done, if any."""

    source: str
    reading: Reading
    delivery: str = ""
    fault: Exception | None = None

    @property
    def alone(self) -> bool:
        """Whether it must find done what was told before it, and nothing of what comes after."""
        reading = self.reading
        return bool(reading.erase or reading.erase_all or reading.data_request)


@dataclass(slots=True)
class CarryOut:
    """Does what readings say. Whatever fails may be repeated."""

    introduce: IntroducePeople
    link: LinkAliases
    take: TakeEvents
    customers: KeepCustomers
    requests: DataRequests
    clock: Clock
    _introduced: dict[str, bytes] = field(default_factory=dict, init=False)

    async def __call__(self, told: Sequence[Told]) -> None:
        """Do it all in order, and note what can't be done: the fault of one is none of the
        others'. Raises Unavailable, after which all is to be repeated."""
        for one in told:
            _check(one)
        good = [one for one in told if one.fault is None]
        for _, together in groupby(good, key=lambda one: one.alone and id(one)):
            await self._do(list(together))

    async def _do(self, group: Sequence[Told]) -> None:
        """A group with a fault in it is halved until whose fault it is shows."""
        try:
            await self._do_all(group)
        except Unavailable:
            raise
        except Exception as error:
            if len(group) > 1:
                half = len(group) // 2
                await self._do(group[:half])
                await self._do(group[half:])
                return
            if not isinstance(error, RequiteError):
                log.exception("delivery_failed", source=group[0].source, delivery=group[0].delivery)
            group[0].fault = error

    async def _do_all(self, group: Sequence[Told]) -> None:
        readings = [one.reading for one in group]
        await self._introduce([person for one in readings for person in one.people])
        links = [link for one in readings for link in one.links]
        if links:
            await self.link(links)
        acts = [act for one in readings for act in one.acts]
        if acts:
            await self.take(acts)  # What it refuses is in the quarantine, each by itself.
        for one in group:
            if one.alone:
                await self._do_rest(one)

    async def _do_rest(self, told: Told) -> None:
        for alias in told.reading.erase:
            await self.customers.erase_alias(alias)
        for prefix in told.reading.erase_all:
            await self._erase_all(prefix)
        if told.reading.data_request is not None:
            await self._keep_request(told.source, told.reading.data_request)

    async def _introduce(self, people: Sequence[Person]) -> None:
        """Leave out who was introduced by just these words and is still known: most deliveries
        are of customers who come again. Only a digest of the words is remembered."""
        words: dict[bytes, Person] = {}
        for person in people:
            digest = _digest(person)
            words.pop(digest, None)  # What was said last has the last word.
            words[digest] = person
        new = {p.alias for digest, p in words.items() if self._introduced.get(p.alias) != digest}
        same = {person.alias for person in words.values()} - new
        standing = await self.link.identities.resolve(same) if same else {}
        news = {digest: p for digest, p in words.items() if p.alias not in standing}
        if not news:
            return
        await self.introduce(list(news.values()))
        if len(self._introduced) > MOST_REMEMBERED:
            self._introduced.clear()
        self._introduced |= {person.alias: digest for digest, person in news.items()}

    async def _erase_all(self, prefix: str) -> None:
        identities = self.link.identities
        while found := await identities.starting_with(prefix, AT_ONCE):
            for link in found:
                await self.customers.erase_alias(link.alias)

    async def _keep_request(self, source: str, asked: DataRequest) -> None:
        customers = await self.link.identities.resolve([asked.alias])
        await self.requests.add(
            AskedFor(
                id=request_id(source, asked.id),
                source=source,
                alias=asked.alias,
                received_at=self.clock.now(),
                customer=customers.get(asked.alias),
            )
        )


def _check(told: Told) -> None:
    """Before it is done together with others, so that those need not be done in parts."""
    try:
        for person in told.reading.people:
            check_alias(person.alias, "")
            check_own_id(person.customer_id, "")
        for link in told.reading.links:
            check_alias(link.alias, "")
            check_customer_id(link.target, "")
    except RequiteError as error:
        told.fault = error


def _digest(person: Person) -> bytes:
    return hashlib.blake2b(msgspec.json.encode(person), digest_size=16).digest()
