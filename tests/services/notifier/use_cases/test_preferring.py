"""What customers say counts at once, is told to others, and is lost by no crash."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from services.notifier.domain.preferences import Preferences
from services.notifier.domain.wish import Wish, stop
from services.notifier.outbound.messages_topic import MessagesTopic
from services.notifier.use_cases.preferring import Stale, TellWishes
from shared.contracts.cloudevents import CloudEvent, kafka_binding
from shared.contracts.messages import PREFERRED, Preferred
from shared.contracts.purposes import PURPOSES
from shared.contracts.topics import MESSAGES
from shared.errors import Unavailable
from tests.services.notifier.builders import DAY, TIME, make_customer, make_occasion, tell
from tests.services.notifier.storage.asking import everything, planned
from tests.services.notifier.wishes import Wishes, open_wishes


@pytest.fixture
async def wishes(tmp_path: Path) -> AsyncIterator[Wishes]:
    async with open_wishes(tmp_path) as opened:
        await opened.stores.customers.put([tell(make_customer())])
        yield opened


async def told(wishes: Wishes) -> list[CloudEvent]:
    """All that others were told of customers' wishes."""
    events: list[CloudEvent] = []
    async with wishes.log.subscribe("test", [MESSAGES.name]) as subscription:
        while batches := await subscription.fetch(1000, 0.05):
            for batch in batches:
                events += [kafka_binding.decode(d.headers, d.value) for d in batch.deliveries]
    return [event for event in events if event.type == PREFERRED]


async def test_others_are_told_what_changed_and_nothing_else(wishes: Wishes) -> None:
    wish = Wish(frequency="weekly", pause=TIME + DAY, statements=stop(["thanks"]).statements)
    customer = await wishes.prefer("c-1", wish, "page")
    assert customer.preferences == Preferences(
        frequency="weekly", paused_until=TIME + DAY, revision=1
    )
    assert wishes.woken == 1
    assert not await wishes.tell()
    assert not await wishes.tell()
    (event,) = await told(wishes)
    assert event.subject == "c-1"
    assert msgspec.json.decode(event.data or b"", type=Preferred) == Preferred(
        source="page",
        time="2026-03-01T12:00:00.000+00:00",
        consents=(("thanks", "any", "withdrawn"),),
        frequency="weekly",
        paused_until="2026-03-02T12:00:00.000+00:00",
    )


async def test_the_same_wish_is_no_news(wishes: Wishes) -> None:
    for _ in range(3):
        await wishes.prefer("c-1", stop(), "one_click")
    await wishes.prefer("c-1", Wish(pause=0, frequency="usual", channels=()), "page")
    assert (await wishes.customer()).preferences.revision == 1
    assert len(await wishes.stores.customers.untold(10)) == 1


async def test_a_crash_before_others_know_tells_them_later(wishes: Wishes) -> None:
    class Away:
        async def decided(self, _: object) -> None: ...
        async def delivered(self, _: object) -> None: ...
        async def preferred(self, _: str, __: Preferred) -> None:
            raise Unavailable

    await wishes.prefer("c-1", stop(), "page")
    crashing = TellWishes(wishes.stores, Away(), wishes.clock, wishes.wake)
    with pytest.raises(Unavailable):
        await crashing()
    # Told, and then nobody noted it: told again by the same id.
    (untold,) = await wishes.stores.customers.untold(10)
    await MessagesTopic(wishes.log).preferred(untold.customer, untold.told)
    await wishes.tell()
    first, again = await told(wishes)
    assert first == again
    assert await wishes.stores.customers.untold(10) == []


async def test_the_end_of_a_pause_wakes_what_is_held(wishes: Wishes) -> None:
    await planned(wishes.stores, make_occasion(), able=False)
    await wishes.prefer("c-1", Wish(pause=TIME + DAY), "page")
    await wishes.tell()
    held = await wishes.stores.decisions.due(TIME, 10)
    assert list(held) == ["c-1"]
    assert [one.verdict for one in (await everything(wishes.stores)).values()] == ["held"]


async def test_many_at_once_all_count(wishes: Wishes) -> None:
    await asyncio.gather(
        *(wishes.prefer("c-1", stop([purpose]), "one_click") for purpose in PURPOSES)
    )
    customer = await wishes.customer()
    assert {c.purpose for c in customer.consents if c.state == "withdrawn"} == {*PURPOSES}
    assert customer.preferences.revision == len(PURPOSES)
    assert len(await wishes.stores.customers.untold(10)) == len(PURPOSES)


async def test_a_stale_revision_keeps_nothing(wishes: Wishes) -> None:
    await wishes.prefer("c-1", Wish(frequency="weekly"), "page", 0)
    with pytest.raises(Stale):
        await wishes.prefer("c-1", Wish(frequency="monthly"), "page", 0)
    assert (await wishes.customer()).preferences.frequency == "weekly"


async def test_nothing_is_told_of_somebody_erased(wishes: Wishes) -> None:
    await wishes.prefer("c-1", stop(), "page")
    await wishes.stores.customers.erase("c-1")
    assert (await wishes.prefer("c-1", stop(), "page")).erased
    await wishes.tell()
    assert await told(wishes) == []


async def test_what_stops_lies_in_the_message(wishes: Wishes) -> None:
    message = await wishes.message()
    await wishes.prefer.stop("c-1", message.id, "mail")
    customer = await wishes.customer()
    refused = [one for one in customer.consents if one.state == "withdrawn"]
    assert [(one.purpose, one.source) for one in refused] == [("thanks", "mail")]
