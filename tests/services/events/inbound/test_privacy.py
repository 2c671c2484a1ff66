"""Addresses and numbers are on requite.customers.v1 and nowhere else."""

from pathlib import Path

from structlog.testing import capture_logs

from services.events.domain.identity import Person
from shared.contracts.topics import ACTS, CATALOGUE, CUSTOMERS
from tests.services.events.inbound.running import make_json, open_running

NAME, MAIL, PHONE = "Ana Lima", "ana.lima@example.com", "+351912345678"
PERSONAL = [NAME.encode(), MAIL.encode(), PHONE.encode(), PHONE[1:].encode()]


async def test_nothing_personal_leaves_by_another_way(tmp_path: Path) -> None:
    details = {"name": NAME, "email": MAIL, "phone": PHONE, "aliases": ["forum:7"]}
    with capture_logs() as logs:
        async with open_running(tmp_path) as running:
            client, events = running.client, running.events
            asked = {"emails": [MAIL], "phones": [PHONE]}
            found = (await client.post("/v1/aliases:lookup", json=asked)).json()
            aliases = [one["alias"] for one in (*found["emails"], *found["phones"])]
            await running.post([make_json(id=alias, subject=alias) for alias in aliases])
            await running.post([make_json(id="raw", subject=f"email:{MAIL}")])
            await client.put("/v1/customers/c-1", json=details)
            await client.put("/v1/customers/c-2", json=details)
            await client.put("/v1/customers/c-1", json=details | {"email": f"x{MAIL}"})
            account = Person("shopify:shop:7", "s-7", NAME, MAIL, True, PHONE)
            await events.introduce([account])
            await client.post("/v1/aliases/forum:8/invitation", json={"customer": "c-1"})
            metrics = (await client.get("/metrics")).content
            acts = await running.deliveries(ACTS.name, 2)
            await running.deliveries(CUSTOMERS.name, 3)
    for needle in PERSONAL:
        assert needle not in repr(logs).encode()
        assert needle not in metrics
        assert needle not in repr(acts).encode()
    await _check_topics(tmp_path)


async def _check_topics(folder: Path) -> None:
    others = [topic.name for topic in CATALOGUE if topic is not CUSTOMERS]
    async with open_running(folder) as running:
        group = running.infrastructure.ids()
        async with running.infrastructure.log.subscribe(group, others) as member:
            for batch in await member.fetch(500, 1.0):
                for one in batch.deliveries:
                    assert not any(needle in repr(one).encode() for needle in PERSONAL)
