"""POST /v1/events: a fast route, described in the OpenAPI document by hand."""

import base64
import json
from collections.abc import Iterable
from typing import Any

import msgspec
from starlette.responses import Response

from services.events.domain.quarantine import Quarantined
from services.events.ports.answers import Answer
from services.events.use_cases.answering_once import AnswerOnce
from services.events.use_cases.taking import Receipt, Refused, TakeEvents
from shared.contracts.acts import PURCHASE
from shared.contracts.cloudevents import (
    ContentMode,
    InvalidEvent,
    Rejected,
    UnsupportedEventFormat,
    http_binding,
)
from shared.web.fast_path import Call, FastRoute, Reply
from shared.web.idempotency_key import idempotency_key
from shared.web.keys import authorise
from shared.web.openapi import problems
from shared.web.problems import fragment, problem_response

MOST_EVENTS = 1000
JSON = b"application/json"


async def ingest(call: Call) -> Reply | Response:
    """Reads events in all three modes; 202 when all are durable, 207 some, 422 none."""
    principal = authorise(call.state.edge.keys, call.headers, "events:write")
    key = idempotency_key(call.headers)
    if key is None:
        return await _take(call)
    once: AnswerOnce = call.state.events.answer_once

    async def work() -> Answer:
        return _answer(await _take(call))

    answer, again = await once(principal.key_id, key, _fingerprinted(call), work)
    headers = {"Idempotency-Replayed": "true"} if again else None
    return Response(answer.body, answer.status, headers, answer.media_type)


def _fingerprinted(call: Call) -> bytes:
    """What makes a request this one: its body and, in binary mode, its attributes."""
    names = (b"ce-", b"content-type")
    attributes = [n + value for n, value in sorted(call.headers) if n.startswith(names)]
    return b"\0".join([*attributes, call.body])


def _answer(reply: Reply | Response) -> Answer:
    if isinstance(reply, Reply):
        return Answer(reply.status, reply.media_type.decode(), reply.body)
    return Answer(reply.status_code, reply.media_type or "", bytes(reply.body))


async def _take(call: Call) -> Reply | Response:
    take: TakeEvents = call.state.events.take
    try:
        events = http_binding.decode(call.headers, call.body)
    except UnsupportedEventFormat:
        return problem_response(415, "Send events as JSON, or one in binary mode")
    except InvalidEvent as error:
        if http_binding.content_mode(call.headers) is ContentMode.BATCHED:
            return problem_response(400, error.reason)
        events = [_rejected(call.headers, call.body, error)]
    if len(events) > MOST_EVENTS:
        return problem_response(413, f"At most {MOST_EVENTS} events a request")
    return _reply(await take(events))


def _rejected(headers: Iterable[tuple[bytes, bytes]], body: bytes, error: InvalidEvent) -> Rejected:
    """A lone event that could not be read, as near to the JSON format as it can be kept."""
    if http_binding.content_mode(headers) is ContentMode.STRUCTURED:
        return Rejected(pointer=error.pointer, reason=error.reason, raw=body)
    event: dict[str, Any] = {
        name.decode("latin-1")[3:]: value.decode("latin-1")
        for name, value in headers
        if name.startswith(b"ce-")
    }
    event["data_base64"] = base64.b64encode(body).decode()
    return Rejected(
        pointer=error.pointer, reason=error.reason, raw=json.dumps(event, sort_keys=True).encode()
    )


def _reply(receipt: Receipt) -> Reply | Response:
    if not receipt.refused:
        return Reply(202, JSON, msgspec.json.encode(_accepted(receipt)))
    rejected = [_told(one) for one in receipt.refused]
    if not receipt.accepted:
        return problem_response(
            422,
            "No event was accepted; each is kept in the quarantine",
            accepted=0,
            rejected=rejected,
            errors=[_error(one) for one in receipt.refused],
        )
    body = msgspec.json.encode(_accepted(receipt) | {"rejected": rejected})
    return Reply(207, JSON, body)


def _accepted(receipt: Receipt) -> dict[str, Any]:
    waiting = {"waiting": receipt.waiting} if receipt.waiting else {}
    return {"accepted": receipt.accepted} | waiting


def _told(refused: Refused) -> dict[str, Any]:
    entry: Quarantined = refused.entry
    return {
        "index": refused.index,
        "id": entry.event_id,
        "source": entry.source,
        "pointer": entry.pointer,
        "reason": entry.reason,
        "quarantine_id": entry.id,
    }


def _error(refused: Refused) -> dict[str, str]:
    pointer = f"/{refused.index}{refused.entry.pointer}"
    return {"detail": refused.entry.reason, "pointer": fragment(pointer)}


ROUTE = FastRoute("POST", "/v1/events", ingest)

_EVENT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "A CloudEvent 1.0; extension attributes travel with it.",
    "required": ["specversion", "id", "source", "type", "subject", "data"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "minLength": 1, "description": "Unique within the source."},
        "source": {"type": "string", "format": "uri-reference", "minLength": 1},
        "type": {
            "type": "string",
            "pattern": r"^io\.requite\.act\.[a-z][a-z0-9_]*\.v1$",
            "description": "A type of the programme's catalogue: GET /v1/events/types.",
        },
        "subject": {"type": "string", "minLength": 1, "description": "The customer's id or alias."},
        "time": {"type": "string", "format": "date-time", "description": "When it happened."},
        "datacontenttype": {"const": "application/json"},
        "data": {"type": "object", "description": "As the schema of its type says."},
    },
}
_REJECTED_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["index", "pointer", "reason", "quarantine_id"],
    "properties": {
        "index": {"type": "integer"},
        "id": {"type": ["string", "null"]},
        "source": {"type": ["string", "null"]},
        "pointer": {"type": "string"},
        "reason": {"type": "string"},
        "quarantine_id": {"type": "string"},
    },
}


def _receipt(description: str, *, rejected: bool) -> dict[str, Any]:
    properties: dict[str, Any] = {"accepted": {"type": "integer"}}
    if rejected:
        properties["rejected"] = {"type": "array", "items": _REJECTED_SCHEMA}
    required = list(properties)
    properties["waiting"] = {
        "type": "integer",
        "description": "How many of those accepted wait for their alias to be linked, if any.",
    }
    schema = {"type": "object", "required": required, "properties": properties}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _example() -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": "order-1001",
        "source": "/shop",
        "type": PURCHASE,
        "subject": "c-204",
        "time": "2026-01-05T10:00:00Z",
        "data": {"order_id": "1001", "total": "42.50", "currency": "EUR", "channel": "web"},
    }


DESCRIPTION: dict[str, Any] = {
    "post": {
        "tags": ["events"],
        "operationId": "take_events",
        "summary": "Take acts in",
        "description": (
            "CloudEvents 1.0 in structured, batched or binary mode; up to 1,000 events or 5 MiB."
            " Answers once every event is durable. An event counts once, however often it is"
            " sent: its identity is source and id. Refused events are kept in the quarantine."
        ),
        "security": [{"apiKey": ["events:write"]}],
        "requestBody": {
            "required": True,
            "content": {
                "application/cloudevents+json": {"schema": _EVENT_SCHEMA, "example": _example()},
                "application/cloudevents-batch+json": {
                    "schema": {"type": "array", "items": _EVENT_SCHEMA, "maxItems": MOST_EVENTS}
                },
            },
        },
        "responses": {
            "202": _receipt("All events are durable.", rejected=False),
            "207": _receipt("Some are durable, the others are quarantined.", rejected=True),
            **{str(status): told for status, told in problems(400, 413, 415, 422, 503).items()},
        },
    }
}
