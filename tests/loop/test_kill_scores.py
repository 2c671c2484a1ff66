"""`kill -9` while acts of every shipped kind come in: limits and links are exact, and no moment
occurs twice.

REQUITE_KILL_SEED repeats a run; the seed is printed with a failure.
"""

import asyncio
import os
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest

from services.engagement.domain.act import Act
from services.engagement.domain.compiling import compile_formula
from services.engagement.domain.formula import Formula
from services.engagement.domain.ledger import dimension_of
from services.engagement.inbound.acts_topic import ReadActs
from shared.contracts.acts_reader import ActsReader
from shared.contracts.cloudevents import json_format
from shared.money import SCALE
from tests import shipped
from tests.bench.mix import Mix, skewed
from tests.loop.conftest import Deploy
from tests.loop.deployment import Deployment, eventually
from tests.loop.shop import Json, Shop
from tests.services.engagement.oracle import Expected, reckon

pytestmark = pytest.mark.slow

ACTS, CUSTOMERS, TOGETHER = 600, 12, 6
"""The lower the number of a customer, the more acts, so that limits cut many of them."""
REPEATED = 60
PARTS = ("events", "engagement", "mongod", "kafka")
KILLS = 8
SECONDS = 180.0
MEDIA_TYPE = {"Content-Type": "application/cloudevents-batch+json"}


@dataclass(frozen=True, slots=True)
class Days:
    """What customers do within some days, and what it comes to by the oracle."""

    told: Sequence[Json]
    expected: Mapping[str, Expected]
    formula: Formula

    @property
    def counts(self) -> dict[str, int]:
        """Acts by kind."""
        totals: dict[str, int] = {}
        for one in self.expected.values():
            for kind, number in one.acts.items():
                totals[kind] = totals.get(kind, 0) + number
        return totals


def make_days(seed: int) -> Days:
    """Acts in any order, some of them more than once."""
    rng, now = random.Random(seed), datetime.now(UTC)
    mix = Mix(skewed(CUSTOMERS), seed=seed, end=now, span=timedelta(days=20))
    told = list(mix.acts(ACTS))
    read = ReadActs(ActsReader(shipped.catalogue())).at(now)
    acts: dict[str, list[Act]] = {}
    for body in told:
        event = json_format.decode_event(msgspec.json.encode(body))
        act = read(event, (event.subject or "").encode())
        assert act is not None
        acts.setdefault(act.origin, []).append(act)
    formula = compile_formula(shipped.programme().formula)
    told += rng.choices(told, k=REPEATED)
    rng.shuffle(told)
    return Days(told, {id: reckon(each, formula) for id, each in acts.items()}, formula)


@pytest.fixture
def seed() -> int:
    """By REQUITE_KILL_SEED, else anew."""
    chosen = int(os.environ.get("REQUITE_KILL_SEED") or random.SystemRandom().randrange(10**6))
    print(f"REQUITE_KILL_SEED={chosen}")
    return chosen


async def test_one_process_is_killed(deploy_embedded: Deploy, seed: int) -> None:
    with deploy_embedded() as deployment:
        await _live_through(deployment, seed, ["embedded"] * KILLS)


@pytest.mark.live
async def test_every_part_is_killed(deploy_distributed: Deploy, seed: int) -> None:
    victims = [*PARTS] * (KILLS // len(PARTS))
    random.Random(seed).shuffle(victims)
    with deploy_distributed({"REQUITE_KAFKA_SESSION_SECONDS": "3"}) as deployment:
        await _live_through(deployment, seed, victims)


async def _live_through(deployment: Deployment, seed: int, victims: list[str]) -> None:
    days, rng = make_days(seed), random.Random(seed)
    batches = [days.told[at : at + TOGETHER] for at in range(0, len(days.told), TOGETHER)]
    struck = dict(zip(rng.sample(range(len(batches)), len(victims)), victims, strict=True))
    async with deployment.client() as client:
        for number, batch in enumerate(batches):
            under_way = asyncio.create_task(_tell(client, batch))
            if number in struck:
                await asyncio.sleep(rng.uniform(0, 0.05))
                part = deployment.parts[struck[number]]
                await asyncio.to_thread(part.kill)
                await asyncio.to_thread(part.start)
            await under_way
        shop = Shop(client)
        await eventually(lambda: _all_is_scored(shop, days), SECONDS)
        await eventually(lambda: _scores_are_exact(shop, days), SECONDS)
        for customer in days.expected:
            await _no_moment_occurred_twice(shop, customer)


async def _tell(client: httpx.AsyncClient, acts: Sequence[Json]) -> None:
    """Until it is acknowledged."""
    body = msgspec.json.encode(acts)

    async def attempt() -> None:
        response = await client.post("/v1/events", content=body, headers=MEDIA_TYPE)
        assert response.status_code == 202, response.text

    await eventually(attempt, SECONDS)


async def _all_is_scored(shop: Shop, days: Days) -> None:
    assert (await shop.get("/v1/programme/totals"))["acts"] == days.counts


async def _scores_are_exact(shop: Shop, days: Days) -> None:
    asked = {"customers": sorted(days.expected), "entries": 0}
    response = await shop.client.post("/v1/scores:batchGet", json=asked)
    assert response.status_code == 200, response.text
    scores = response.json()["scores"]
    assert len(scores) == len(days.expected)
    for score in scores:
        wanted = days.expected[score["customer"]]
        assert {kind: n for kind, n in score["acts"].items() if n} == wanted.acts
        assert {one["currency"]: _units(one) for one in score["money"]} == wanted.money
        dimensions = _worth(wanted, days.formula, datetime.fromisoformat(score["as_of"]))
        for name, points in score["dimensions"].items():
            assert points == pytest.approx(dimensions.get(name, 0.0), rel=1e-9, abs=1e-9)


def _units(money: Json) -> tuple[int, int]:
    gross, refunded = (int(Decimal(money[name]) * 10**SCALE) for name in ("gross", "refunded"))
    return gross, refunded


def _worth(wanted: Expected, formula: Formula, time: datetime) -> Mapping[str, float]:
    worth: dict[str, float] = {}
    for cell, points, since in wanted.earned:
        age = time.timestamp() * 1000 - since
        share = 2 ** (-age / formula.decays[cell].half_life)
        name = dimension_of(cell)
        worth[name] = worth.get(name, 0.0) + float(points) * share
    return worth


async def _no_moment_occurred_twice(shop: Shop, customer: str) -> None:
    said = [one["moment"] for one in await _moments(shop, customer)]
    once = [(m["moment"], m["name"], m["number"]) for m in said if m["moment"] in ("first", "nth")]
    assert len(set(once)) == len(once)
    assert ("first", "contact", None) in once
    assert len({m["id"] for m in said}) == len(said)


async def _moments(shop: Shop, customer: str) -> list[Json]:
    found: list[Json] = []
    cursor: dict[str, Any] = {}
    while True:
        query = {"kinds": "moment", "limit": 100, **cursor}
        page = await shop.get(f"/v1/profiles/{customer}/timeline", **query)
        found += page["data"]
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}
