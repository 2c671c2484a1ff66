"""Deliveries of four platforms in any order come to what they come to in the true one."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.loop.deployment import Deployment, embedded, eventually
from tests.loop.made_up_shop import Story, made_up_story, nine_days_ago
from tests.loop.picture import Picture, take_picture
from tests.loop.platforms import Sent, disordered, set_up
from tests.loop.shop import Shop

SEEDS = (1, 2, 3)
MARKER = "shopify-shop-1"
"""Whose order, sent last, shows that what was sent before has been handled."""


def _running(folder: Path) -> AbstractContextManager[Deployment]:
    data = folder / "data"
    data.mkdir(parents=True)
    programme = set_up(folder / "programme", data / "webhook-secrets.json")
    return embedded(data, {"REQUITE_PROGRAMME_DIR": str(programme)})


@pytest.mark.parametrize("seed", SEEDS)
async def test_deliveries_in_any_order_come_to_the_same(tmp_path: Path, seed: int) -> None:
    story, rng = made_up_story(seed, nine_days_ago()), random.Random(seed)
    with _running(tmp_path / "straight") as deployment:
        async with deployment.client() as client:
            for one in story.deliveries:
                await _send(client, one)
            check = partial(_is_as_expected, Shop(client), deployment.data, story)
            straight = await _at_rest(client, check)
    with _running(tmp_path / "disordered") as deployment:
        async with deployment.client() as client:
            for burst in disordered(story.deliveries, rng):
                await asyncio.gather(*(_send_badly(client, one, rng) for one in burst))

            async def is_same() -> Picture:
                picture = await take_picture(Shop(client), deployment.data, MARKER)
                picture.check_same(straight)
                return picture

            await _at_rest(client, is_same)


async def _is_as_expected(shop: Shop, data: Path, story: Story) -> Picture:
    picture = await take_picture(shop, data, MARKER)
    assert picture.acts == {key: count for key, count in story.acts.items() if count}
    assert picture.money == {key: tuple(sums) for key, sums in story.money.items()}
    assert {id for _, id, _ in picture.asked} == {f"help-thanked-{id}" for id in story.thanked}
    return picture


async def _at_rest(client: httpx.AsyncClient, check: Callable[[], Awaitable[Picture]]) -> Picture:
    """What passes `check`, and still does when all that was under way then has come to its end:
    what is sent behind it has been scored."""
    await eventually(check)
    order = {
        "id": 1,
        "currency": "EUR",
        "total_price": "1.00",
        "financial_status": "paid",
        "customer": {"id": 1, "email": "marker@example.com"},
    }
    headers = {"x-shopify-topic": "orders/paid"}
    await _send(client, Sent("shop", json.dumps(order).encode(), headers))
    await Shop(client).score_of(MARKER, acts=1)
    erased = await client.delete(f"/v1/customers/{MARKER}")
    assert erased.status_code == 204
    return await eventually(check)


async def _send(client: httpx.AsyncClient, sent: Sent) -> None:
    response = await _post(client, sent.source, sent.body, sent.signed())
    assert response.status_code == 200, response.text


async def _send_badly(client: httpx.AsyncClient, sent: Sent, rng: random.Random) -> None:
    """Sometimes a part only arrives at first, which nobody has signed."""
    if rng.random() < 0.3:
        part = sent.body[: rng.randrange(len(sent.body))]
        response = await _post(client, sent.source, part, sent.signed())
        assert response.status_code == 401, response.text
    await _send(client, sent)


async def _post(
    client: httpx.AsyncClient, source: str, body: bytes, headers: dict[str, str]
) -> httpx.Response:
    return await client.post(f"/v1/webhooks/{source}", content=body, headers=headers)
