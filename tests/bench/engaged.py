"""What the notifier lives on: acts as they come out of engagement, customers, a programme."""

import shutil
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import msgspec

from services.notifier.domain.consent import Consent
from services.notifier.domain.customer import Record as About
from services.notifier.ports.customers import Told
from services.notifier.storage.opening import open_stores
from shared.clock import epoch_ms
from shared.config import DEFAULT_PROGRAMME, Settings
from shared.contracts.cloudevents import CloudEvent, kafka_binding
from shared.contracts.engagement import SCORED, ActRef, Scored
from shared.contracts.topics import CATALOGUE, ENGAGEMENT
from shared.messaging.kafka_log import KafkaOptions, open_kafka_log
from shared.messaging.ports import Record
from tests.bench.mix import Event, name
from tests.servers.kafka import Kafka
from tests.servers.mongod import Mongod

DATABASE = "requite_notifier"
PSEUDONYM_KEY = "bench"
_AT_ONCE = 2000


encode = msgspec.json.encode


def scored(act: Event) -> Record:
    """The record that says that an act was scored."""
    told = Scored(
        act=ActRef(source=act["source"], id=act["id"], type=act["type"], time=act["time"]),
        data=msgspec.Raw(encode(act["data"])),
        dimension="community",
        points=10.0,
        formula="0123456789abcdef",
    )
    headers, value = kafka_binding.encode(
        CloudEvent(
            id=act["id"],
            source="/requite/engagement",
            type=SCORED,
            subject=act["subject"],
            time=act["time"],
            datacontenttype="application/json",
            data=encode(told),
        )
    )
    return Record(act["subject"].encode(), value, headers)


async def fill(kafka: Kafka, acts: Iterable[Event]) -> None:
    """Put acts on the topic, in their order."""
    records = map(scored, acts)
    async with open_kafka_log(KafkaOptions(kafka.bootstrap)) as log:
        await log.ensure_topics(CATALOGUE)
        while some := list(islice(records, _AT_ONCE)):
            await log.publish(ENGAGEMENT.name, some)


def settings(mongod: Mongod) -> Settings:
    """Of a notifier that keeps what it knows in MongoDB."""
    return Settings(
        storage="mongodb",
        mongodb_url=mongod.url,
        link_secret="bench",
        pseudonym_key=PSEUDONYM_KEY,
    )


async def introduce(mongod: Mongod, customers: int) -> None:
    """Let the notifier's store know so many customers, who agree to mails of thanks."""
    agreed = Consent(
        purpose="thanks",
        channel="email",
        state="granted",
        time=epoch_ms(datetime.now(UTC) - timedelta(days=90)),
        source="shop",
    )
    known = (
        Told(
            name(number),
            About(
                revision=1,
                name=f"Ada {number}",
                email=f"ada-{number}@shop.example",
                locale="en-GB",
                country="GB",
            ),
            (agreed,),
        )
        for number in range(customers)
    )
    async with open_stores(settings(mongod), PSEUDONYM_KEY) as stores:
        while some := list(islice(known, _AT_ONCE)):
            await stores.customers.put(some)


def programme_with(folder: Path, changed: Mapping[str, str]) -> Path:
    """The shipped programme in `folder`, with texts by path in the place of its own."""
    shutil.copytree(DEFAULT_PROGRAMME, folder)
    for path, text in changed.items():
        (folder / path).write_text(text, encoding="utf-8")
    return folder
