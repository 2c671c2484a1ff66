"""A process that dies at any step of deciding, sending or announcing sends no mail twice."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from services.notifier.channels.email.file import FileChannel
from services.notifier.ports.channels import Channel
from services.notifier.ports.messages import MessageQuery
from services.notifier.use_cases.leasing import LEASE
from shared.contracts.messages import Decided, Delivered
from shared.messaging.ports import MessageLog
from tests.servers.smtp import MailCatcher
from tests.services.notifier.builders import customer_record, make_occasion, scored
from tests.services.notifier.channels.email.channels import smtp_channel
from tests.services.notifier.channels.email.letters import IDENTITY
from tests.services.notifier.parts import Parts, announced, open_parts, read
from tests.services.notifier.use_cases.dying import Died, Fuse, Moment, mortal

Make = Callable[[Channel], tuple[Parts, MessageLog]]


async def live(parts: Parts, customer: str) -> None:
    """The act arrives, the customer is found, thanked, and others are told."""
    await parts.scored(scored(make_occasion(f"act of {customer}", customer)))
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
async def parts_of(tmp_path: Path) -> AsyncIterator[Make]:
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


async def test_every_customer_gets_one_file(tmp_path: Path, moment: Moment, parts_of: Make) -> None:
    parts, log = parts_of(FileChannel("email", tmp_path / "mail", IDENTITY))
    steps = await die_everywhere(parts, moment)
    assert steps > 12
    assert len(list((tmp_path / "mail").iterdir())) == steps
    assert await statuses(parts, moment, steps) == {"sent": steps}
    outcomes, verdicts = await tell(log)
    assert outcomes == {"sent": steps}
    assert verdicts["thanked"] == steps
    assert verdicts["suppressed"] == 0


async def test_nobody_gets_two_mails_over_smtp(
    mail_catcher: MailCatcher, moment: Moment, parts_of: Make
) -> None:
    async with smtp_channel(mail_catcher.url) as channel:
        parts, log = parts_of(channel)
        steps = await die_everywhere(parts, moment)
    received = Counter(mail.message["Message-ID"] for mail in mail_catcher.mails)
    assert set(received.values()) == {1}
    found = await statuses(parts, moment, steps)
    assert found["sent"] + found["unknown"] == steps
    # Where the process died between noting that it begins and noting how it ended.
    assert 1 <= found["unknown"] <= 6
    assert found["sent"] <= len(received) <= steps
    outcomes, verdicts = await tell(log)
    assert outcomes == found
    assert verdicts["thanked"] == steps
