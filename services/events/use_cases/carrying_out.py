"""What deliveries say, done: people, then links, then acts; then what must be forgotten.

Deliveries that come in at the same time share each trip to the store and to the topic.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from services.events.connectors.port import DataRequest, Reading
from services.events.domain.admission import check_customer_id, check_own_id
from services.events.domain.data_request import AskedFor, request_id
from services.events.domain.identity import Link, Person, check_alias
from services.events.ports.data_requests import DataRequests
from services.events.use_cases.customers import KeepCustomers
from services.events.use_cases.identities import LinkAliases
from services.events.use_cases.introductions import IntroducePeople
from services.events.use_cases.taking import Receipt, TakeEvents
from shared.clock import Clock
from shared.contracts.cloudevents import CloudEvent
from shared.errors import Invalid
from shared.messaging.group_commit import GroupCommit

AT_ONCE = 500
MOST_REMEMBERED = 50_000


@dataclass(slots=True)
class _Told:
    """The part of a reading that is done together with others; how many of its acts were refused,
    or why it can't be done at all."""

    people: tuple[Person, ...]
    links: tuple[Link, ...]
    acts: tuple[CloudEvent, ...]
    refused: int = 0
    fault: Invalid | None = None


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
    _together: GroupCommit[_Told] = field(init=False)

    def __post_init__(self) -> None:
        self._together = GroupCommit(self._do, at_once=2)

    async def __call__(self, source: str, reading: Reading) -> int:
        """Returns how many of the acts were refused, which are in the quarantine. Raises Invalid,
        Unavailable."""
        _check(reading)
        told = _Told(reading.people, reading.links, reading.acts)
        if told.people or told.links or told.acts:
            await self._together.run(told)
        if told.fault is not None:
            raise told.fault
        for alias in reading.erase:
            await self.customers.erase_alias(alias)
        for prefix in reading.erase_all:
            await self._erase_all(prefix)
        if reading.data_request is not None:
            await self._keep_request(source, reading.data_request)
        return told.refused

    async def _do(self, group: Sequence[_Told]) -> None:
        """What is wrong with one is no fault of the others, which are then done one by one."""
        try:
            await self._do_all(group)
        except Invalid as error:
            if len(group) == 1:
                group[0].fault = error
                return
            for one in group:
                await self._do([one])

    async def _do_all(self, group: Sequence[_Told]) -> None:
        await self._introduce([person for one in group for person in one.people])
        links = [link for one in group for link in one.links]
        if links:
            await self.link(links)
        acts = [act for one in group for act in one.acts]
        if acts:
            _share(await self.take(acts), group)

    async def _introduce(self, people: Sequence[Person]) -> None:
        """Leave out who was introduced by just these words and is still known: most deliveries
        are of customers who come again. Only a digest of the words is remembered."""
        words = {person.alias: _digest(person) for person in people}
        same = [alias for alias, digest in words.items() if self._introduced.get(alias) == digest]
        standing = await self.link.identities.resolve(same) if same else {}
        news = [person for person in people if person.alias not in standing]
        if not news:
            return
        await self.introduce(news)
        if len(self._introduced) > MOST_REMEMBERED:
            self._introduced.clear()
        self._introduced |= {person.alias: words[person.alias] for person in news}

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


def _check(reading: Reading) -> None:
    """Before it is done together with others, whom its faults are none of. Raises Invalid."""
    for person in reading.people:
        check_alias(person.alias, "")
        check_own_id(person.customer_id, "")
    for link in reading.links:
        check_alias(link.alias, "")
        check_customer_id(link.target, "")


def _share(receipt: Receipt, group: Sequence[_Told]) -> None:
    """Tell each delivery how many of its own acts were refused."""
    owners = [one for one in group for _ in one.acts]
    for refused in receipt.refused:
        owners[refused.index].refused += 1


def _digest(person: Person) -> bytes:
    return hashlib.blake2b(msgspec.json.encode(person), digest_size=16).digest()
