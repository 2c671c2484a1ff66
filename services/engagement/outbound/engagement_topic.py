"""requite.engagement.v1: what acts were worth, moments, and where customers stand."""

import hashlib
from collections.abc import Sequence

import msgspec

from services.engagement.domain.act import Act
from services.engagement.domain.ledger import Entry
from services.engagement.domain.moment import Moment
from services.engagement.domain.standing import Standing
from shared.clock import Clock, from_epoch_ms
from shared.contracts import engagement
from shared.contracts.cloudevents import CloudEvent, kafka_binding
from shared.contracts.engagement import MOMENT, SCORED, STANDING, Scored
from shared.contracts.topics import ENGAGEMENT
from shared.messaging.ports import Publisher, Record

SOURCE = "/requite/engagement"


class EngagementTopic:
    """Announces with ids that follow from what is said, so that a repeat is known as one."""

    def __init__(self, publisher: Publisher, clock: Clock) -> None:
        self._publisher = publisher
        self._clock = clock

    async def scored(self, entries: Sequence[tuple[Act, Entry]]) -> None:
        if not entries:
            return
        now = self._clock.now().isoformat()
        records = [_record(act, entry, now) for act, entry in entries]
        await self._publisher.publish(ENGAGEMENT.name, records)

    async def occurred(self, moments: Sequence[Moment]) -> None:
        if not moments:
            return
        now = self._clock.now().isoformat()
        records = [_moment_record(moment, now) for moment in moments]
        await self._publisher.publish(ENGAGEMENT.name, records)

    async def stood(self, standings: Sequence[Standing]) -> None:
        if not standings:
            return
        now = self._clock.now().isoformat()
        records = [_standing_record(standing, now) for standing in standings]
        await self._publisher.publish(ENGAGEMENT.name, records)


def _record(act: Act, entry: Entry, now: str) -> Record:
    scored = Scored(
        act=act.ref,
        data=msgspec.Raw(act.data),
        dimension=entry.dimension,
        points=entry.points,
        formula=entry.formula,
        note=entry.note,
    )
    headers, value = kafka_binding.encode(
        CloudEvent(
            id=hashlib.sha256(act.key.encode()).hexdigest()[:32],
            source=SOURCE,
            type=SCORED,
            subject=act.origin,
            time=now,
            datacontenttype="application/json",
            extensions={} if act.trace is None else {"traceparent": act.trace},
            data=msgspec.json.encode(scored),
        )
    )
    return Record(act.origin.encode(), value, headers)


def _moment_record(moment: Moment, now: str) -> Record:
    told = engagement.Moment(
        kind=moment.kind,
        name=moment.name,
        time=from_epoch_ms(moment.time).isoformat(),
        number=moment.number,
        act=moment.act,
    )
    headers, value = kafka_binding.encode(
        CloudEvent(
            id=moment.id,
            source=SOURCE,
            type=MOMENT,
            subject=moment.customer,
            time=now,
            datacontenttype="application/json",
            data=msgspec.json.encode(told),
        )
    )
    return Record(moment.customer.encode(), value, headers)


def _standing_record(standing: Standing, now: str) -> Record:
    level, segments, circles = standing.place
    told = engagement.Standing(
        time=from_epoch_ms(standing.time).isoformat(),
        level=level,
        segments=segments,
        circles=circles,
    )
    headers, value = kafka_binding.encode(
        CloudEvent(
            id=standing.id,
            source=SOURCE,
            type=STANDING,
            subject=standing.customer,
            time=now,
            datacontenttype="application/json",
            data=msgspec.json.encode(told),
        )
    )
    return Record(standing.customer.encode(), value, headers)
