"""POST /v1/webhooks/{source}: a fast route; the signature is the key."""

from typing import Any

import msgspec
import structlog
from starlette.exceptions import HTTPException

from services.events.connectors.port import UnsignedTrial
from services.events.use_cases.webhooks import ReceiveDeliveries
from shared.web.fast_path import Call, FastRoute, Reply
from shared.web.openapi import problems
from shared.webhooks.delivery import SignatureRefused

MOST_BYTES = 2**20
JSON = b"application/json"

log = structlog.get_logger()


async def receive(call: Call) -> Reply:
    """200 once what is proved is durable, before it is read: platforms want an answer within
    seconds, and drop a webhook that is answered otherwise for long."""
    receive_delivery: ReceiveDeliveries = call.state.events.receive
    source = call.rest
    if source not in receive_delivery.sources:
        raise HTTPException(404, "No such source")
    if len(call.body) > MOST_BYTES:
        raise HTTPException(413, f"A delivery may have {MOST_BYTES} bytes")
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in call.headers}
    try:
        return _answer(received=await receive_delivery(source, headers, call.body))
    except UnsignedTrial as trial:
        return _answer(ignored=str(trial))
    except SignatureRefused as error:
        log.info("delivery_refused", source=source, reason=str(error))
        raise HTTPException(401, f"The delivery is not proved: {error}") from None


def _answer(**said: str) -> Reply:
    return Reply(200, JSON, msgspec.json.encode(said))


ROUTE = FastRoute("POST", "/v1/webhooks/{source}", receive, deep=False)

_ANSWER: dict[str, Any] = {
    "type": "object",
    "properties": {
        "received": {"type": "string", "description": "The id under which it waits."},
        "ignored": {"type": "string", "description": "What an unsigned trial is."},
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
            " It is carried out after the answer, in the order of arrival; what can't be read is"
            " kept in the quarantine."
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
                "description": "It is durable, and will be carried out.",
                "content": {"application/json": {"schema": _ANSWER}},
            },
            **{str(status): told for status, told in problems(401, 404, 413, 503).items()},
        },
    }
}
