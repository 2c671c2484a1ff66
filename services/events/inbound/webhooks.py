"""POST /v1/webhooks/{source}: a fast route; the signature is the key."""

from typing import Any

import msgspec
import structlog
from starlette.exceptions import HTTPException

from services.events.connectors.port import SignatureRefused
from services.events.use_cases.webhooks import Outcome, ReceiveDeliveries
from shared.web.fast_path import Call, FastRoute, Reply
from shared.web.openapi import problems

MOST_BYTES = 2**20
JSON = b"application/json"

log = structlog.get_logger()


async def receive(call: Call) -> Reply:
    """200 for all that is proved, also where it says nothing of interest or can't be read: a
    platform drops a webhook that is answered otherwise for long."""
    receive_delivery: ReceiveDeliveries = call.state.events.receive
    source = call.rest
    if source not in receive_delivery.sources:
        raise HTTPException(404, "No such source")
    if len(call.body) > MOST_BYTES:
        raise HTTPException(413, f"A delivery may have {MOST_BYTES} bytes")
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in call.headers}
    try:
        outcome = await receive_delivery(source, headers, call.body)
    except SignatureRefused as error:
        log.info("delivery_refused", source=source, reason=str(error))
        raise HTTPException(401, f"The delivery is not proved: {error}") from None
    return Reply(200, JSON, msgspec.json.encode(_told(outcome)))


def _told(outcome: Outcome) -> dict[str, Any]:
    if outcome.kind == "ignored":
        return {"ignored": outcome.reason}
    if outcome.kind == "quarantined":
        return {"accepted": 0, "quarantined": 1, "quarantine_id": outcome.quarantine_id}
    quarantined = {"quarantined": outcome.refused} if outcome.refused else {}
    return {"accepted": outcome.accepted} | quarantined


ROUTE = FastRoute("POST", "/v1/webhooks/{source}", receive, deep=False)

_ANSWER: dict[str, Any] = {
    "type": "object",
    "properties": {
        "accepted": {"type": "integer", "description": "Acts that the delivery came to."},
        "quarantined": {"type": "integer", "description": "What is kept to be mended."},
        "quarantine_id": {"type": "string", "description": "Where the whole delivery is kept."},
        "ignored": {"type": "string", "description": "Why it holds nothing of interest."},
    },
}

DESCRIPTION: dict[str, Any] = {
    "post": {
        "tags": ["webhooks"],
        "operationId": "receive_delivery",
        "summary": "Take a platform's delivery in",
        "description": (
            "For the platforms themselves: the address to enter there. Needs no API key; the"
            " platform's signature over the raw body is checked against the source's secrets."
            " What can't be read is kept in the quarantine and answered 200."
        ),
        "security": [],
        "parameters": [
            {
                "name": "source",
                "in": "path",
                "required": True,
                "description": "The name of a file in the programme's folder `sources`.",
                "schema": {"type": "string"},
            }
        ],
        "requestBody": {
            "required": True,
            "description": "As the platform sends it, up to 1 MiB.",
            "content": {"*/*": {"schema": {}}},
        },
        "responses": {
            "200": {
                "description": "What it says is durable.",
                "content": {"application/json": {"schema": _ANSWER}},
            },
            **{str(status): told for status, told in problems(401, 404, 413, 503).items()},
        },
    }
}
