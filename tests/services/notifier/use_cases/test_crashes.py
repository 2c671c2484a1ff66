"""A process that dies at any step of deciding, sending or announcing sends no mail twice."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any, Literal

import pytest

from services.notifier.outbound.email import read_sender
from services.notifier.outbound.file_channel import FileChannel
from services.notifier.outbound.smtp_channel import SmtpChannel, read_url
from services.notifier.ports import Channel, MessageQuery
from services.notifier.use_cases.sending import LEASE
from shared.contracts.messages import Decided, Delivered
from shared.messaging.ports import MessageLog
from tests.servers.smtp import MailCatcher
from tests.services.notifier.builders import customer_record, make_act, scored
from tests.services.notifier.parts import Parts, announced, open_parts, read

SENDER = read_sender("The Corner Shop <thanks@shop.example>")
Moment = Literal["before", "after"]


class Died(BaseException):
    """The process is gone: nothing that would come after happens."""


@dataclass
class Fuse:
    """Burns down by one a call, and kills at the last, before or after the call has worked."""

    left: int
    moment: Moment

    async def __call__(self, call: Callable[[], Any]) -> Any:
        self.left -= 1
        if self.left == 0 and self.moment == "before":
            raise Died
        result = await call()
        if self.left == 0:
            raise Died
        return result


class Mortal:
    """Passes every call of a port on, through the fuse."""

    def __init__(self, port: object, fuse: Fuse) -> None:
        self._port = port
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._port, name)
        if not asyncio.iscoroutinefunction(member):
            return member

        async def call(*arguments: Any) -> Any:
            return await self._fuse(lambda: member(*arguments))

        return call


def mortal(parts: Parts, fuse: Fuse) -> Parts:
    stores = parts.stores
    return replace(
        parts,
        stores=replace(
            stores,
            customers=Mortal(stores.customers, fuse),
            decisions=Mortal(stores.decisions, fuse),
            messages=Mortal(stores.messages, fuse),
        ),
        publisher=Mortal(parts.publisher, fuse),
        channel=Mortal(parts.channel, fuse),
    )


async def live(parts: Parts, customer: str) -> None:
    """The act arrives, the customer is found, thanked, and others are told."""
    await parts.scored(scored(make_act(f"act of {customer}", customer)))
    await parts.customers(customer_record(customer))
    await parts.decide_again()
    await parts.send()
    await parts.announce()


async def die_everywhere(parts: Parts, moment: Moment) -> int:
    """One customer for each step at which the process dies; then it starts again. How many."""
    for step in count(1):
        fuse, customer = Fuse(step, moment), f"c-{moment}-{step}"
        try:
            await live(mortal(parts, fuse), customer)
        except Died:
            parts.clock.advance(LEASE)
            await live(parts, customer)
        else:
            return step
    raise AssertionError


@pytest.fixture(params=["before", "after"])
def moment(request: pytest.FixtureRequest) -> Moment:
    chosen: Moment = request.param
    return chosen


@pytest.fixture
async def parts_of(tmp_path: Path) -> AsyncIterator[Callable[[Channel], tuple[Parts, MessageLog]]]:
    async with open_parts(tmp_path) as (parts, log):
        yield lambda channel: (replace(parts, channel=channel), log)


async def statuses(parts: Parts, moment: Moment, steps: int) -> Counter[str]:
    """What became of the one message of each customer."""
    found: Counter[str] = Counter()
    for step in range(1, steps + 1):
        query = MessageQuery(10, f"c-{moment}-{step}")
        (message,) = await parts.stores.messages.page(query)
        found[message.status] += 1
    return found


async def tell(log: MessageLog) -> tuple[Counter[str], Counter[str]]:
    """Outcomes that others know of, and verdicts; a repeated event counts once."""
    events = {event.id: read(event) for event in await announced(log)}.values()
    outcomes = Counter(str(e.outcome) for e in events if isinstance(e, Delivered))
    return outcomes, Counter(str(e.verdict) for e in events if isinstance(e, Decided))


async def test_every_customer_gets_one_file(
    tmp_path: Path, moment: Moment, parts_of: Callable[[Channel], tuple[Parts, MessageLog]]
) -> None:
    parts, log = parts_of(FileChannel(tmp_path / "mail", SENDER))
    steps = await die_everywhere(parts, moment)
    assert steps > 12
    assert len(list((tmp_path / "mail").iterdir())) == steps
    assert await statuses(parts, moment, steps) == {"sent": steps}
    outcomes, verdicts = await tell(log)
    assert outcomes == {"sent": steps}
    assert verdicts["thanked"] == steps
    assert verdicts["suppressed"] == 0


async def test_nobody_gets_two_mails_over_smtp(
    mail_catcher: MailCatcher,
    moment: Moment,
    parts_of: Callable[[Channel], tuple[Parts, MessageLog]],
) -> None:
    parts, log = parts_of(SmtpChannel(read_url(mail_catcher.url), SENDER))
    steps = await die_everywhere(parts, moment)
    received = Counter(mail.message["Message-ID"] for mail in mail_catcher.mails)
    assert set(received.values()) == {1}
    found = await statuses(parts, moment, steps)
    assert found["sent"] + found["unknown"] == steps
    # Where the process died between noting that it begins and noting how it ended.
    assert 1 <= found["unknown"] <= 3
    assert found["sent"] <= len(received) <= steps
    outcomes, verdicts = await tell(log)
    assert outcomes == found
    assert verdicts["thanked"] == steps
