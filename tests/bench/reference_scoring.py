"""The reference for scoring: read from Kafka, add coalesced increments blindly, commit.

It is not exact: after a crash or a repeated event it counts twice.
"""

import asyncio
import sys
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer
from pymongo import AsyncMongoClient, UpdateOne


class Purchase(msgspec.Struct):
    total: str


async def main(bootstrap: str, url: str, topic: str, group: str) -> None:
    """Score `topic` until the process is ended."""
    decoder = msgspec.json.Decoder(Purchase)
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
            sums: dict[str, float] = {}
            acts: dict[str, int] = {}
            for batch in fetched.values():
                for record in batch:
                    points = float(decoder.decode(record.value).total) * 0.1
                    customer = record.key.decode()
                    sums[customer] = sums.get(customer, 0.0) + points
                    acts[customer] = acts.get(customer, 0) + 1
            if not sums:
                continue
            await profiles.bulk_write(
                [
                    UpdateOne(
                        {"_id": customer},
                        {"$inc": {"sums.commerce": points, "acts.purchase": acts[customer]}},
                        upsert=True,
                    )
                    for customer, points in sums.items()
                ],
                ordered=False,
            )
            await consumer.commit()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4]))
