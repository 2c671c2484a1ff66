"""POST /v1/events: a fast route, described in the OpenAPI document by hand."""

import base64
import json
from collections.abc import Iterable
from typing import Any

import msgspec
from starlette.responses import Response

from services.events.domain.quarantine import Quarantined
from services.events.use_cases.taking import Receipt, Refused, TakeEvents
from shared.contracts.acts import PAYLOADS, example
from shared.contracts.cloudevents import (
    ContentMode,
    InvalidEvent,
    Rejected,
    UnsupportedEventFormat,
    http_binding,
)
from shared.web.fast_path import Call, FastRoute, Reply
from shared.web.keys import authorise
from shared.web.openapi import problems
from shared.web.problems import fragment, problem_response

MOST_EVENTS = 1000
JSON = b"application/json"


async def ingest(call: Call) -> Reply | Response:
    """Reads events in all three modes; 202 when all are durable, 207 some, 422 none."""
    authorise(call.state.edge.keys, call.headers, "events:write")
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
        return Reply(202, JSON, b'{"accepted":%d}' % receipt.accepted)
    rejected = [_told(one) for one in receipt.refused]
    if not receipt.accepted:
        return problem_response(
            422,
            "No event was accepted; each is kept in the quarantine",
            accepted=0,
            rejected=rejected,
            errors=[_error(one) for one in receipt.refused],
        )
    body = msgspec.json.encode({"accepted": receipt.accepted, "rejected": rejected})
    return Reply(207, JSON, body)


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
        "type": {"enum": list(PAYLOADS)},
        "subject": {"type": "string", "minLength": 1, "description": "The customer's id."},
        "time": {"type": "string", "format": "date-time", "description": "When it happened."},
        "datacontenttype": {"const": "application/json"},
        "data": {"type": "object"},
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
    schema = {"type": "object", "required": list(properties), "properties": properties}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _example() -> dict[str, Any]:
    kind = next(iter(PAYLOADS))
    return {
        "specversion": "1.0",
        "id": "order-1001",
        "source": "/shop",
        "type": kind,
        "subject": "c-204",
        "time": "2026-01-05T10:00:00Z",
        "data": example(kind),
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
