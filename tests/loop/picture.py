"""What has come of all that was told: acts on the topic, scores, and what people are asked."""

import asyncio
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from shared.contracts.cloudevents import CloudEvent, kafka_binding
from shared.contracts.topics import ACTS
from shared.messaging.sqlite_log.rows import OFFSET_BITS
from tests.loop.shop import Json, Shop

LANDMARK = datetime(2025, 1, 1, tzinfo=UTC)
HALF_LIVES = {"commerce": 180, "advocacy": 365, "community": 365, "voice": 180}
"""Days, in the shipped programme."""

_FOUND = ("help-given-", "help-thanked-", "recommendation-")
_HEADERS = msgspec.msgpack.Decoder(tuple[tuple[str, bytes], ...])

Act = tuple[str, str, str, str, str]
"""Source, id, type, subject, data."""


@dataclass(frozen=True, slots=True)
class Picture:
    """`told` are the acts that platforms told, `found` those of detectors that stand, `scores` by
    customer the points as of LANDMARK; `asked` are the open suggestions."""

    told: frozenset[Act]
    found: frozenset[Act]
    acts: Mapping[tuple[str, str], int]
    money: Mapping[tuple[str, str], tuple[Decimal, Decimal]]
    scores: Mapping[tuple[str, str], float]
    asked: frozenset[tuple[str, str, float]]

    def check_same(self, other: "Picture") -> None:
        """Raises AssertionError unless nothing differs but how floats were added, and when on its
        way an acceptance came by, which Discourse does not tell."""
        for name in ("told", "found", "acts", "money", "asked"):
            mine, theirs = getattr(self, name), getattr(other, name)
            assert mine == theirs, _difference(name, mine, theirs)
        assert self.scores == pytest.approx(other.scores, rel=1e-5, abs=1e-6)


async def take_picture(
    shop: Shop, data: Path, without: str, merged: Mapping[str, str] | None = None
) -> Picture:
    """As of now, of a Requite whose log is in the folder `data`; the customer `without` is left
    out, and those who were `merged` are whom they were merged into. Codes of referrals are made at
    random, and with them the ids of what follows, which is in the scores only."""
    log = await asyncio.to_thread(lambda: list(_acts_in(data / "log.sqlite")))
    events = [
        replace(one, subject=(merged or {}).get(one.subject or "", one.subject))
        for one in log
        if one.subject != without and one.source != "/referrals"
    ]
    gone = {_said(one)["id"] for one in events if one.type.endswith(".withdrawal.v1")}
    acts = {one.id: await _written(shop, one) for one in events}
    withdrawn = {f"withdrawal-{id}" for id in gone}
    found = {id for id in acts if id.removeprefix("withdrawal-").startswith(_FOUND)}
    scores = await _scores(shop, {one.subject or "" for one in events})
    asked = (await shop.get("/v1/suggestions", status="open", limit=100))["data"]
    return Picture(
        told=frozenset(act for id, act in acts.items() if id not in found),
        found=frozenset(acts[id] for id in found - gone - withdrawn),
        acts={(s["customer"], kind): n for s in scores for kind, n in s["acts"].items() if n},
        money={(s["customer"], one["currency"]): _sums(one) for s in scores for one in s["money"]},
        scores={
            (s["customer"], name): points * _growth(name, s["as_of"])
            for s in scores
            for name, points in s["dimensions"].items()
        },
        asked=frozenset((one["detector"], one["act"]["id"], one["confidence"]) for one in asked),
    )


def _acts_in(log: Path) -> Iterable[CloudEvent]:
    query = (
        "SELECT headers, value FROM record JOIN partition ON partition.id = record.id >> ?"
        " WHERE topic = ?"
    )
    with sqlite3.connect(f"file:{log}?mode=ro", uri=True) as database:
        for headers, value in database.execute(query, (OFFSET_BITS, ACTS.name)):
            yield kafka_binding.decode(_HEADERS.decode(headers), value)


async def _written(shop: Shop, act: CloudEvent) -> Act:
    """Detectors name people as they are known by then, so they are put as they are known now."""
    data = _said(act)
    data.pop("referral_code", None)
    if "helped" in data:
        data["helped"] = await _customer(shop, data["helped"])
    return (
        act.source,
        act.id,
        act.type,
        act.subject or "",
        msgspec.json.encode(data, order="sorted").decode(),
    )


async def _customer(shop: Shop, subject: str) -> str:
    if ":" not in subject:
        return subject
    response = await shop.client.get(f"/v1/aliases/{subject}")
    return str(response.json()["customer"]) if response.status_code == 200 else subject


async def _scores(shop: Shop, customers: set[str]) -> Sequence[Json]:
    if not customers:
        return []
    response = await shop.client.post(
        "/v1/scores:batchGet", json={"customers": sorted(customers), "entries": 0}
    )
    assert response.status_code == 200, response.text
    return list(response.json()["scores"])


def _difference(name: str, mine: Any, theirs: Any) -> str:
    """What pytest itself says in test modules only."""
    here, there = (set(one.items()) if isinstance(one, dict) else one for one in (mine, theirs))
    return f"{name}: too much {sorted(here - there)}, missing {sorted(there - here)}"


def _said(act: CloudEvent) -> dict[str, Any]:
    said: dict[str, Any] = msgspec.json.decode(act.data or b"{}")
    return said


def _sums(money: Json) -> tuple[Decimal, Decimal]:
    return Decimal(money["gross"]), Decimal(money["refunded"])


def _growth(dimension: str, as_of: str) -> float:
    days = (datetime.fromisoformat(as_of) - LANDMARK) / timedelta(days=1)
    return float(2 ** (days / HALF_LIVES[dimension]))
