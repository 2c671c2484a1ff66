"""What a shop writes to requite.acts.v1 itself is met with suspicion, on the real log."""

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from services.engagement.wiring import open_engagement
from shared.clock import ManualClock
from shared.config import Settings
from shared.contracts.topics import ACTS, DEAD_LETTER_SUFFIX
from shared.messaging.ports import Delivery, MessageLog, Record
from shared.runtime import Infrastructure, open_infrastructure
from tests.services.engagement.inbound.test_topics import NOW, make_delivery


@pytest.fixture
async def infrastructure(tmp_path: Path) -> AsyncIterator[Infrastructure]:
    async with open_infrastructure(Settings(data_dir=tmp_path), ManualClock(NOW)) as opened:
        yield opened


async def publish(log: MessageLog, deliveries: Sequence[Delivery]) -> None:
    await log.publish(ACTS.name, [Record(one.key, one.value, one.headers) for one in deliveries])


async def dead_letters(log: MessageLog, number: int) -> Mapping[bytes | None, str]:
    """By the record's value, the reason; reads on until there are so many."""
    reasons: dict[bytes | None, str] = {}
    async with log.subscribe("test", [ACTS.name + DEAD_LETTER_SUFFIX]) as member:
        while len(reasons) < number:
            for batch in await member.fetch(100, 1.0):
                for one in batch.deliveries:
                    reasons[one.value] = dict(one.headers)["dlt-reason"].decode()
    return reasons


PRICE = b'{"order_id":"%s","total":%s,"currency":"%s"}'
UPDATED = b'{"order_id":"9","total":"1","currency":"EUR","updated_at":"2027-01-01T00:00:00Z"}'
WRONG: Sequence[tuple[str, dict[str, Any], str]] = [
    ("referral", {"subject": "c-2"}, "/subject: not the record's key"),
    ("referral", {"subject": None}, "/subject: missing"),
    ("referral", {"subject": "shopify:shop:1"}, "/subject: an alias"),
    ("referral", {"subject": "ana@shop.example"}, "/subject: not a customer's id"),
    ("referral", {"time": "2026-06-01T00:10:00Z"}, "/time: lies in the future"),
    ("referral", {"time": "1969-12-31T23:59:59Z"}, "/time: lies before 1970"),
    ("referral", {"type": "io.requite.act.opened.v1"}, "/type: not a type of act"),
    ("referral", {"data": b'{"referred":7}'}, "/data/referred: "),
    ("purchase", {"data": PRICE % (b"1", b'"1.2345"', b"EUR")}, "/data/total: EUR has at most"),
    ("purchase", {"data": PRICE % (b"2", b'"1"', b"XXX")}, "/currency: "),
    ("purchase", {"data": PRICE % (b"3", b'"-1"', b"EUR")}, "/data/total: an amount is never"),
    ("purchase", {"data": UPDATED}, "/data/updated_at: lies in the future"),
]


async def test_a_record_that_breaks_a_rule_is_a_dead_letter_with_its_reason(
    infrastructure: Infrastructure,
) -> None:
    told: list[Delivery] = []
    for number, (kind, attributes, _) in enumerate(WRONG):
        data = {"data": b'{"referred":"n-%d"}' % number} if kind == "referral" else {}
        told += [make_delivery(number, kind, **data | attributes), make_delivery(1000 + number)]
    await publish(infrastructure.log, told)
    async with open_engagement(infrastructure) as engagement:
        found = await dead_letters(infrastructure.log, len(WRONG))
        for delivery, (_, _, reason) in zip(told[::2], WRONG, strict=True):
            assert reason in found[delivery.value]
        score = await engagement.read.one("c-1", 0)
    assert score is not None
    assert score.profile.acts == {"referral": len(WRONG)}
