"""`kill -9` while webhooks with acts that wait, links, a merge and referrals are under way.

REQUITE_KILL_SEED repeats a run; the seed is printed with a failure.
"""

import asyncio
import json
import os
import random
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.loop.deployment import Deployment, embedded, eventually
from tests.loop.made_up_shop import made_up_story, nine_days_ago
from tests.loop.picture import Picture, take_picture
from tests.loop.platforms import Sent, disordered, set_up
from tests.loop.shop import Json, Shop, act

pytestmark = pytest.mark.slow

KILLS = 6
SECONDS = 180.0
"""Longer than a lease on deliveries that were being carried out, and than the rounds."""
REFERRER, STRANGER = "c-referrer", "stackexchange:coffee:8"
MERGED = {"woocommerce-woo-17": "woocommerce-woo-18"}
MARKER = "shopify-shop-1"
REFERRALS = [
    (f"shopify-shop-{2**53 + 201}", "confirmed", None),
    (f"shopify-shop-{2**53 + 202}", "rejected", "refunded"),
    (REFERRER, "rejected", "same_customer"),
]

Step = Callable[[httpx.AsyncClient], Coroutine[Any, Any, None]]


@dataclass(slots=True)
class Day:
    """What a shop and its platforms do, some of it at a time; the code of the referrer is made on
    the way."""

    seed: int
    start: datetime
    code: str = ""

    def bursts(self) -> list[list[Step]]:
        """In an order that the seed decides."""
        story, rng = made_up_story(self.seed, self.start), random.Random(self.seed)
        sent = disordered(story.deliveries, rng)
        steps: list[list[Step]] = [[partial(_deliver, one) for one in burst] for burst in sent]
        staff: list[Step] = [self._merge, self._tell, self._link, *self._referred()]
        for step in staff:
            steps[rng.randrange(len(steps))].append(step)
        return [[self._invite], [self._introduce], *steps]

    async def _invite(self, client: httpx.AsyncClient) -> None:
        body = {"referrer": REFERRER}
        self.code = (await _request(client, "POST", "/v1/referrals", body))["code"]

    async def _introduce(self, client: httpx.AsyncClient) -> None:
        for customer in (*MERGED, *MERGED.values(), REFERRER, "c-linked"):
            await _request(client, "PUT", f"/v1/customers/{customer}", {"name": "Bo"})

    async def _merge(self, client: httpx.AsyncClient) -> None:
        ((gone, stays),) = MERGED.items()
        body = {"from": gone, "into": stays, "reason": "the same person"}
        await _request(client, "POST", "/v1/merges", body)

    async def _tell(self, client: httpx.AsyncClient) -> None:
        """What waits for its alias, and a referrer who would be their own."""
        waits = act("review", STRANGER, self.start, "review", rating=5)
        money = {"order_id": "own", "total": "7.00", "currency": "EUR"}
        own = act("purchase", REFERRER, self.start, "own", referral_code=self.code, **money)
        for one in (waits, own):
            await _request(client, "POST", "/v1/events", one, "application/cloudevents+json")

    async def _link(self, client: httpx.AsyncClient) -> None:
        await _request(client, "PUT", f"/v1/aliases/{STRANGER}", {"customer": "c-linked"})

    def _referred(self) -> list[Step]:
        return [partial(self._order, 201), partial(self._order, 202), partial(self._refund, 202)]

    async def _order(self, number: int, client: httpx.AsyncClient) -> None:
        account = {"id": 2**53 + number, "email": f"{number}@example.com", "verified_email": True}
        order = {
            "id": number,
            "currency": "EUR",
            "total_price": "30.00",
            "financial_status": "paid",
            "processed_at": self.start.isoformat(),
            "customer": account,
            "note_attributes": [{"name": "referral_code", "value": self.code}],
        }
        await _deliver(_shopify("orders/paid", order), client)

    async def _refund(self, number: int, client: httpx.AsyncClient) -> None:
        moved = {"kind": "refund", "status": "success", "amount": "30.00", "currency": "EUR"}
        at = (self.start + timedelta(minutes=10)).isoformat()
        refund = {"id": 9, "order_id": number, "transactions": [moved], "processed_at": at}
        await _deliver(_shopify("refunds/create", refund), client)


async def test_one_process_is_killed_while_platforms_deliver(tmp_path: Path) -> None:
    seed = int(os.environ.get("REQUITE_KILL_SEED") or random.SystemRandom().randrange(10**6))
    print(f"REQUITE_KILL_SEED={seed}")
    start, rng = nine_days_ago(), random.Random(seed)
    quiet = await _run(tmp_path / "quiet", Day(seed, start), 0, _nothing)

    async def is_same(picture: Picture) -> None:
        picture.check_same(quiet)

    await _run(tmp_path / "killed", Day(seed, start), KILLS, is_same, rng)


async def _nothing(_: Picture) -> None:
    """The quiet run is what the other is compared with."""


async def _run(
    folder: Path,
    day: Day,
    kills: int,
    check: Callable[[Picture], Awaitable[None]],
    rng: random.Random | None = None,
) -> Picture:
    data = folder / "data"
    data.mkdir(parents=True)
    programme = set_up(folder / "programme", data / "webhook-secrets.json")
    (programme / "referrals.yaml").write_text("return_window: 1h\n", "utf-8")
    with embedded(data, {"REQUITE_PROGRAMME_DIR": str(programme)}) as deployment:
        async with deployment.client() as client:
            bursts = day.bursts()
            chaos = rng or random.Random(0)
            struck = set(chaos.sample(range(2, len(bursts)), kills))
            for number, burst in enumerate(bursts):
                under_way = [asyncio.create_task(step(client)) for step in burst]
                if number in struck:
                    await _kill(deployment, chaos)
                await asyncio.gather(*under_way)

            async def done() -> Picture:
                await _referrals_are_as_they_should_be(client)
                picture = await take_picture(Shop(client), data, MARKER, MERGED)
                await check(picture)
                return picture

            await eventually(done, SECONDS)
            await _deliver(_shopify("orders/paid", MARKER_ORDER), client)
            await Shop(client).score_of(MARKER, acts=1)
            await _request(client, "DELETE", f"/v1/customers/{MARKER}")
            return await eventually(done, SECONDS)


async def _kill(deployment: Deployment, rng: random.Random) -> None:
    process = deployment.parts["embedded"]
    await asyncio.sleep(rng.uniform(0, 0.05))
    await asyncio.to_thread(process.kill)
    await asyncio.to_thread(process.start)


async def _referrals_are_as_they_should_be(client: httpx.AsyncClient) -> None:
    found = (await Shop(client).get("/v1/referrals", referrer=REFERRER))["data"]
    states = [(one["referee"], one["state"], one["reason"]) for one in found]
    assert sorted(states) == sorted(REFERRALS)


async def _deliver(sent: Sent, client: httpx.AsyncClient) -> None:
    """As platforms do: again until it is answered, signed anew."""

    async def attempt() -> None:
        url = f"/v1/webhooks/{sent.source}"
        response = await client.post(url, content=sent.body, headers=sent.signed())
        assert response.status_code == 200, response.text

    await eventually(attempt, SECONDS)


async def _request(
    client: httpx.AsyncClient,
    method: str,
    path: str,
    body: Any = None,
    media_type: str = "application/json",
) -> Json:
    """Again until it is answered."""

    async def attempt() -> Json:
        content = None if body is None else json.dumps(body).encode()
        headers: Mapping[str, str] = {"Content-Type": media_type}
        response = await client.request(method, path, content=content, headers=headers)
        assert response.is_success, response.text
        answer: Json = response.json() if response.content else {}
        return answer

    return await eventually(attempt, SECONDS)


def _shopify(topic: str, body: Any) -> Sent:
    return Sent("shop", json.dumps(body).encode(), {"x-shopify-topic": topic})


MARKER_ORDER = {
    "id": 1,
    "currency": "EUR",
    "total_price": "1.00",
    "financial_status": "paid",
    "customer": {"id": 1, "email": "marker@example.com"},
}
