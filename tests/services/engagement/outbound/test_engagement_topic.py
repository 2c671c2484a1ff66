"""What others are told of an act, a moment and a standing, on the real log."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from services.engagement.domain.act import Act
from services.engagement.domain.moment import Moment
from services.engagement.domain.scoring import Known, score
from services.engagement.domain.standing import Place, Standing
from services.engagement.outbound.engagement_topic import EngagementTopic
from shared.clock import ManualClock
from shared.config import Settings
from shared.contracts.cloudevents import CloudEvent, kafka_binding
from shared.contracts.engagement import MOMENT, ORDER_REVISED, STANDING, ActRef, Scored
from shared.contracts.engagement import Moment as Told
from shared.contracts.engagement import Standing as ToldStanding
from shared.contracts.topics import ENGAGEMENT
from shared.messaging.ports import Delivery
from shared.runtime import open_infrastructure
from tests.services.engagement.builders import make_act, make_formula


async def _announced(folder: Path, acts: list[Act], known: Known) -> list[Delivery]:
    entries = score(acts, known, make_formula()).entries
    clock = ManualClock(datetime(2026, 6, 1, tzinfo=UTC))
    found: list[Delivery] = []
    async with open_infrastructure(Settings(data_dir=folder), clock) as infrastructure:
        topic = EngagementTopic(infrastructure.log, clock)
        await topic.scored(list(zip(acts, entries, strict=True)))
        async with infrastructure.log.subscribe("test", [ENGAGEMENT.name]) as member:
            while len(found) < len(acts):
                for batch in await member.fetch(10, 1.0):
                    found += batch.deliveries
    return found


def _read(delivery: Delivery) -> tuple[CloudEvent, Scored]:
    event = kafka_binding.decode(delivery.headers, delivery.value)
    return event, msgspec.json.decode(event.data or b"", type=Scored)


async def test_it_says_what_was_earned_and_why_it_was_less(tmp_path: Path) -> None:
    acts = [
        make_act("purchase", id="p", order="o1", amount="80"),
        make_act("purchase", id="q", order="o1", amount="50", revised=1),
    ]
    first, second = map(_read, await _announced(tmp_path, acts, Known()))
    assert (first[1].points, first[1].note) == (8.0, None)
    assert (second[1].points, second[1].note) == (-3.0, ORDER_REVISED)
    assert first[0].id != second[0].id


async def test_an_act_of_one_who_was_merged_is_announced_under_the_id_it_was_told_of(
    tmp_path: Path,
) -> None:
    known = Known(survivors={"c-1": "c-2"})
    (delivery,) = await _announced(tmp_path, [make_act()], known)
    assert delivery.key == b"c-1"
    assert _read(delivery)[0].subject == "c-1"


async def test_a_moment_is_told_under_its_own_id(tmp_path: Path) -> None:
    act = ActRef(source="/shop", id="1", type="io.requite.act.purchase.v1", time="2026-05-01")
    moment = Moment(
        id="0f" * 16,
        customer="c-1",
        kind="nth",
        name="purchase",
        time=1_767_225_600_000,
        number=10,
        act=act,
    )
    clock = ManualClock(datetime(2026, 6, 1, tzinfo=UTC))
    found: list[Delivery] = []
    async with open_infrastructure(Settings(data_dir=tmp_path), clock) as infrastructure:
        topic = EngagementTopic(infrastructure.log, clock)
        await topic.occurred([])
        await topic.occurred([moment])
        async with infrastructure.log.subscribe("test", [ENGAGEMENT.name]) as member:
            while not found:
                for batch in await member.fetch(10, 1.0):
                    found += batch.deliveries
    event = kafka_binding.decode(found[0].headers, found[0].value)
    assert (event.id, event.type, event.subject) == (moment.id, MOMENT, "c-1")
    assert event.time == clock.now().isoformat()
    told = msgspec.json.decode(event.data or b"", type=Told)
    assert told == Told(
        kind="nth", name="purchase", time="2026-01-01T00:00:00+00:00", number=10, act=act
    )
    assert found[0].key == b"c-1"


async def test_a_standing_is_told_under_an_id_that_follows_from_it(tmp_path: Path) -> None:
    standing = Standing("c-1", 1_767_225_600_000, Place("friend", ("loyal", "new"), ("club",)))
    clock = ManualClock(datetime(2026, 6, 1, tzinfo=UTC))
    found: list[Delivery] = []
    async with open_infrastructure(Settings(data_dir=tmp_path), clock) as infrastructure:
        topic = EngagementTopic(infrastructure.log, clock)
        await topic.stood([])
        await topic.stood([standing])
        await topic.stood([standing])
        async with infrastructure.log.subscribe("test", [ENGAGEMENT.name]) as member:
            while len(found) < 2:
                for batch in await member.fetch(10, 1.0):
                    found += batch.deliveries
    first, again = (kafka_binding.decode(one.headers, one.value) for one in found)
    assert (first.id, first.type, first.subject) == (again.id, STANDING, "c-1")
    assert found[0].key == b"c-1"
    assert msgspec.json.decode(first.data or b"", type=ToldStanding) == ToldStanding(
        time="2026-01-01T00:00:00+00:00",
        level="friend",
        segments=("loyal", "new"),
        circles=("club",),
    )
