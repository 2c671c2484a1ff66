"""A sample week of a small shop, sent as any shop would send it: over HTTP."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

import httpx
import msgspec
from ruamel.yaml import YAML

SOURCE = "/sample-week"
PATIENCE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the week: one score a customer and one decision an act."""

    scores: list[dict[str, Any]]
    decisions: list[dict[str, Any]]


async def play(client: httpx.AsyncClient, now: datetime) -> Outcome:
    """Send the week that ends `now` and wait until every act is scored and decided on.

    Raises httpx.HTTPError, and TimeoutError if the loop has not turned within `PATIENCE`.
    """
    week = YAML(typ="safe").load(files("services").joinpath("sample_week.yaml").read_text("utf-8"))
    consent = {"purpose": "thanks", "channel": "email", "state": "granted"}
    for customer, details in week["customers"].items():
        granted = consent | {"time": (now - timedelta(days=7)).isoformat(), "source": "sample"}
        body = details | {"consents": [granted]}
        (await client.put(f"/v1/customers/{customer}", json=body)).raise_for_status()
    events = [_event(act, number, now) for number, act in enumerate(week["acts"], start=1)]
    response = await client.post(
        "/v1/events",
        content=msgspec.json.encode(events),
        headers={"Content-Type": "application/cloudevents-batch+json"},
    )
    response.raise_for_status()
    return await _outcome(client, list(week["customers"]), len(events))


async def outcome(client: httpx.AsyncClient, customers: list[str]) -> Outcome:
    """How the customers stand now. Raises httpx.HTTPError."""
    asked = {"customers": customers, "entries": 3}
    scores = await client.post("/v1/scores:batchGet", json=asked)
    scores.raise_for_status()
    decisions: list[dict[str, Any]] = []
    for customer in customers:
        found = await client.get("/v1/decisions", params={"customer": customer, "limit": 100})
        decisions += found.raise_for_status().json()["data"]
    return Outcome(scores.json()["scores"], decisions)


async def _outcome(client: httpx.AsyncClient, customers: list[str], acts: int) -> Outcome:
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while True:
            found = await outcome(client, customers)
            scored = sum(sum(score["acts"].values()) for score in found.scores)
            if scored >= acts and len(found.decisions) >= acts and await _all_sent(client, found):
                return found
            await asyncio.sleep(0.1)


async def _all_sent(client: httpx.AsyncClient, found: Outcome) -> bool:
    for decision in found.decisions:
        if decision["message_id"] is not None:
            message = await client.get(f"/v1/messages/{decision['message_id']}")
            if message.raise_for_status().json()["status"] in ("waiting", "sending"):
                return False
    return True


def _event(act: dict[str, Any], number: int, now: datetime) -> dict[str, Any]:
    happened = now - timedelta(days=act["day"], minutes=5)
    return {
        "specversion": "1.0",
        "id": f"sample-{number:02}",
        "source": SOURCE,
        "type": f"io.requite.act.{act['act']}.v1",
        "subject": act["customer"],
        "time": happened.isoformat(),
        "data": act["data"],
    }
