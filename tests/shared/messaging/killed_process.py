"""A process that works on a log until it is killed: `<task> <topic> <group> <kind> <address>`.

`publish` prints each number once it is durable. `consume` reads batches of three, commits all but
the last that it prints, and stays.
"""

import asyncio
import sys

from tests.shared.messaging.bench import make_records, open_log, values_of


async def publish(topic: str, _: str, *address: str) -> None:
    async with open_log(*address) as log:
        for number in range(1_000_000):
            await log.publish(topic, make_records(1, first=number))
            print(number, flush=True)


async def consume(topic: str, group: str, *address: str) -> None:
    async with open_log(*address) as log, log.subscribe(group, [topic]) as member:
        while True:
            for batch in await member.fetch(3, 1.0):
                print(*values_of([batch]), flush=True)
                if batch.next > 6:
                    await asyncio.Event().wait()
                await member.commit({(topic, batch.partition): batch.next})


if __name__ == "__main__":
    task = {"publish": publish, "consume": consume}[sys.argv[1]]
    asyncio.run(task(*sys.argv[2:]))
