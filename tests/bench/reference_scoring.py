"""The reference for scoring: read from Kafka, add coalesced increments blindly, commit.

It is not exact: after a crash or a repeated event it counts twice, it looks nothing up, so a refund
takes back by its amount, a withdrawal nothing, and no limit cuts anything.
"""

import asyncio
import sys
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord
from pymongo import AsyncMongoClient, UpdateOne

_PREFIX, _SUFFIX = "io.requite.act.", ".v1"
_REVERSALS = {"refund", "cancellation"}


class Payload(msgspec.Struct):
    total: str | float = 0


def worth(record: ConsumerRecord, decoder: msgspec.json.Decoder[Payload]) -> tuple[str, str, float]:
    """Its kind, the sum that it is added to, and the points."""
    (act_type,) = (value.decode() for name, value in record.headers if name == "ce_type")
    kind = act_type.removeprefix(_PREFIX).removesuffix(_SUFFIX)
    amount = float(decoder.decode(record.value).total)
    if amount or kind in _REVERSALS:
        return kind, "commerce", -0.1 * amount if kind in _REVERSALS else 0.1 * amount
    return kind, "community", 10.0


async def main(bootstrap: str, url: str, topic: str, group: str) -> None:
    """Score `topic` until the process is ended."""
    decoder = msgspec.json.Decoder(Payload)
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
        profiles = client["reference"]["profiles"]
        while True:
            fetched = await consumer.getmany(timeout_ms=1000, max_records=500)
            changes: dict[str, dict[str, float]] = {}
            for batch in fetched.values():
                for record in batch:
                    kind, dimension, points = worth(record, decoder)
                    change = changes.setdefault(record.key.decode(), {})
                    for name, more in ((f"sums.{dimension}", points), (f"acts.{kind}", 1)):
                        change[name] = change.get(name, 0) + more
            if not changes:
                continue
            await profiles.bulk_write(
                [
                    UpdateOne({"_id": customer}, {"$inc": change}, upsert=True)
                    for customer, change in changes.items()
                ],
                ordered=False,
            )
            await consumer.commit()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4]))
