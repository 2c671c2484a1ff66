"""A shop's back end: it says what customers do, and asks what became of it."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec

from tests.loop.deployment import eventually

SOURCE = "/shop"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shop:
    """`client` reaches every service. Every method raises AssertionError for another answer than
    the expected one."""

    client: httpx.AsyncClient

    async def introduce(self, customer: str, *, consents: Sequence[str], **details: str) -> None:
        """Say who a customer is and to what they agreed (purposes)."""
        now = datetime.now(UTC).isoformat()
        granted = [
            {"purpose": purpose, "channel": "email", "state": "granted", "time": now}
            for purpose in consents
        ]
        response = await self.client.put(
            f"/v1/customers/{customer}", json={**details, "consents": granted}
        )
        assert response.status_code in (200, 201), response.text

    async def tell(self, *acts: Json) -> None:
        """Send acts in one request."""
        response = await self.client.post(
            "/v1/events",
            content=msgspec.json.encode(acts),
            headers={"Content-Type": "application/cloudevents-batch+json"},
        )
        assert response.status_code == 202, response.text

    async def get(self, path: str, **query: Any) -> Json:
        """The answer to a GET."""
        response = await self.client.get(path, params=query)
        assert response.status_code == 200, response.text
        found: Json = response.json()
        return found

    async def score_of(self, customer: str, acts: int) -> Json:
        """The score once it counts so many acts."""

        async def scored() -> Json:
            score = await self.get(f"/v1/scores/{customer}", entries=20)
            assert sum(score["acts"].values()) == acts
            return score

        return await eventually(scored)

    async def decision_on(self, act_id: str, verdict: str) -> Json:
        """The one decision about an act, once it is `verdict`."""

        async def decided() -> Json:
            found = await self.get("/v1/decisions", act_id=act_id)
            (decision,) = found["data"] or [{"verdict": None}]
            assert decision["verdict"] == verdict, decision
            return dict(decision)

        return await eventually(decided)

    async def sent(self, message_id: str) -> Json:
        """The message once it is sent."""

        async def is_sent() -> Json:
            message = await self.get(f"/v1/messages/{message_id}")
            assert message["status"] == "sent", message
            return message

        return await eventually(is_sent)


def act(kind: str, customer: str, time: datetime, id: str = "", **data: Any) -> Json:
    """An act as a CloudEvent; with a random id where none is given."""
    return {
        "specversion": "1.0",
        "id": id or uuid.uuid4().hex,
        "source": SOURCE,
        "type": f"io.requite.act.{kind}.v1",
        "subject": customer,
        "time": time.isoformat(),
        "data": data,
    }


def worth(points: float, since: datetime, score: Mapping[str, Any], half_life_days: float) -> float:
    """What `points` earned at `since` are worth at the time of `score`."""
    as_of = datetime.fromisoformat(score["as_of"])
    return points * float(2 ** (-(as_of - since).total_seconds() / 86_400 / half_life_days))
