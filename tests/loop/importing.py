"""`requite import` as a process of its own, and what a deployment makes of what it sent."""

import asyncio
import json
import os
import sys
import uuid
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from shared.contracts.engagement import MOMENT
from shared.messaging.partitioner import partition_for
from tests.loop.deployment import Deployment, eventually
from tests.loop.histories import HALF_LIFE, LANDMARK, History, Standing
from tests.loop.shop import Json, Shop, act

REQUITE = Path(sys.executable).with_name("requite")
PARTITIONS = 8
TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Importer:
    """Imports a file with a mapping; checkpoints and output go to `folder`."""

    deployment: Deployment
    file: Path
    mapping: str
    folder: Path
    batch: int = 500
    kafka: str | None = None

    async def start(self) -> Process:
        """The running process."""
        target = (
            ["--kafka", self.kafka] if self.kafka else ["--url", self.deployment.urls["events"]]
        )
        self.folder.mkdir(exist_ok=True)
        with (self.folder / "import.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *(str(REQUITE), "import", str(self.file), "--map", self.mapping, *target),
                *("--batch", str(self.batch), "--state", str(self.folder / "state")),
                cwd=self.folder,
                env={**os.environ, "REQUITE_API_KEY": self.deployment.key},
                stdin=DEVNULL,
                stdout=log,
                stderr=STDOUT,
            )

    def acknowledged(self) -> int:
        """How many acts are, by its checkpoint; 0 before the first and after the last batch."""
        for file in self.folder.glob("state/*.json"):
            return int(json.loads(file.read_text())["accepted"])
        return 0

    async def run(self) -> None:
        """To its end, which is a good one."""
        code = await (await self.start()).wait()
        assert code == 0, (self.folder / "import.log").read_text()[-2000:]


async def settled(shop: Shop, history: History, seconds: float = 60) -> None:
    """Wait until every act is scored, and decided on exactly once."""
    customers = sorted(history.standings)

    async def is_scored() -> None:
        totals = await shop.get("/v1/programme/totals")
        assert sum(totals["acts"].values()) == history.acts

    async def is_decided() -> None:
        counted = Counter(one["customer"] for one in await decisions(shop))
        assert counted == {name: history.standings[name].acts for name in customers}

    await eventually(is_scored, seconds)
    await eventually(is_decided, seconds)
    ids = [(one["act"]["source"], one["act"]["id"]) for one in await decisions(shop)]
    assert len(ids) == len(set(ids)) == history.acts


async def handled_again(shop: Shop, history: History) -> None:
    """Wait until every partition is done with all that was sent before, new or not: what comes
    behind it, one act of somebody else for each partition, is decided on."""
    now = datetime.now(UTC)
    markers = [act("help", customer, now) for customer in _one_a_partition()]
    await shop.tell(*markers)

    async def are_decided() -> None:
        for marker in markers:
            assert (await shop.get("/v1/decisions", act_id=marker["id"]))["data"]

    await eventually(are_decided)
    for marker in markers:
        await shop.client.delete(f"/v1/customers/{marker['subject']}")

    async def are_gone() -> None:
        totals = await shop.get("/v1/programme/totals")
        assert sum(totals["acts"].values()) == history.acts

    await eventually(are_gone)


def _one_a_partition() -> Sequence[str]:
    customers: dict[int, str] = {}
    while len(customers) < PARTITIONS:
        candidate = f"marker-{uuid.uuid4().hex}"
        customers.setdefault(partition_for(candidate.encode(), PARTITIONS), candidate)
    return list(customers.values())


async def decisions(shop: Shop) -> list[Json]:
    """Every decision about an act, but for those of customers who were erased."""
    found: list[Json] = []
    cursor: dict[str, str] = {}
    while True:
        page = await shop.get("/v1/decisions", limit=200, **cursor)
        found += [
            one
            for one in page["data"]
            if one["customer"] is not None and one["act"]["type"] != MOMENT
        ]
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


async def check_scores(shop: Shop, history: History) -> None:
    """Money to the cent, scores within what adding floats in another order may differ."""
    asked = {"customers": sorted(history.standings), "entries": 20}
    response = await shop.client.post("/v1/scores:batchGet", json=asked)
    assert response.status_code == 200, response.text
    answer = response.json()
    assert answer["missing"] == []
    for score in answer["scores"]:
        expected = history.standings[score["customer"]]
        found = _standing(score, expected.weight)
        assert (found.acts, found.gross, found.refunded) == (
            expected.acts,
            expected.gross,
            expected.refunded,
        )
        near = pytest.approx(expected.commerce, rel=0, abs=TOLERANCE * expected.weight)
        assert found.commerce == near, score["customer"]
        assert len({entry["id"] for entry in score["entries"]}) == min(20, expected.acts)


async def check_totals(shop: Shop, history: History) -> Json:
    """What the programme adds up to, which is what the history does."""
    totals = await shop.get("/v1/programme/totals")
    standings = history.standings.values()
    assert totals["customers"] == len(standings)
    assert sum(totals["acts"].values()) == history.acts
    return totals


def _standing(score: Json, weight: float) -> Standing:
    """Several currencies are added up as they stand, as Standing does."""
    as_of = datetime.fromisoformat(score["as_of"])
    return Standing(
        acts=sum(score["acts"].values()),
        gross=sum((Decimal(one["gross"]) for one in score["money"]), Decimal(0)),
        refunded=sum((Decimal(one["refunded"]) for one in score["money"]), Decimal(0)),
        commerce=score["dimensions"]["commerce"] * 2 ** ((as_of - LANDMARK) / HALF_LIFE),
        weight=weight,
    )
