"""The reference for deciding: read from Kafka, insert one small document an act blindly, commit.

It decides nothing and tells nobody; an act that comes twice ends it.
"""

import asyncio
import sys
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord
from pymongo import AsyncMongoClient

from shared.contracts.engagement import Scored


def document(record: ConsumerRecord, decoder: msgspec.json.Decoder[Scored]) -> dict[str, Any]:
    """What is kept of an act."""
    act = decoder.decode(record.value).act
    return {
        "_id": f"{act.source} {act.id}",
        "customer": record.key.decode(),
        "type": act.type,
        "time": act.time,
        "verdict": "suppressed",
    }


async def main(bootstrap: str, url: str, topic: str, group: str) -> None:
    """Keep what `topic` says until the process is ended."""
    decoder = msgspec.json.Decoder(Scored)
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    async with (
        consumer,
        AsyncMongoClient[dict[str, Any]](url, w="majority", journal=True) as client,
    ):
        decisions = client["reference"]["decisions"]
        while True:
            fetched = await consumer.getmany(timeout_ms=1000, max_records=2000)
            kept = [document(record, decoder) for batch in fetched.values() for record in batch]
            if kept:
                await decisions.insert_many(kept, ordered=False)
                await consumer.commit()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4]))
