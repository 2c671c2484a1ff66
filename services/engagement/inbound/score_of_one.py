"""GET /v1/scores/{customer}: a fast route, described in the OpenAPI document by hand."""

from typing import Any
from urllib.parse import parse_qs, quote

import msgspec
from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.engagement.inbound.instants import WRONG, read_instant
from services.engagement.inbound.score_answers import score_members
from services.engagement.use_cases.looking_back import LookBack
from services.engagement.use_cases.reading import ReadScores
from shared.clock import epoch_ms
from shared.web.fast_path import Call, FastRoute, Reply
from shared.web.keys import authorise
from shared.web.moved import MOVED, moved
from shared.web.problems import problem_response

ENTRIES, MOST_ENTRIES = 5, 20
LONGEST_ID = 200


async def get_score(call: Call) -> Reply | Response:
    """Decayed to this moment, or `at` another; 404 for a customer without acts, 308 for one who was
    merged."""
    authorise(call.state.edge.keys, call.headers, "scores:read")
    if len(call.rest) > LONGEST_ID:
        return _wrong("customer", "path", f"At most {LONGEST_ID} characters")
    given = parse_qs(call.query.decode("latin-1"), keep_blank_values=True) if call.query else {}
    entries = _entries(given.get("entries"))
    if entries is None:
        return _wrong("entries", "query", f"A whole number from 0 to {MOST_ENTRIES}")
    read: ReadScores = call.state.engagement.read
    if "at" not in given:
        score = await read.one(call.rest, entries)
    else:
        try:
            time = epoch_ms(read_instant(given["at"][-1]))
        except ValueError:
            return _wrong("at", "query", WRONG)
        back: LookBack = call.state.engagement.back
        score = await back.one(call.rest, time, entries)
    if score is None:
        return await _elsewhere(call, read)
    excluded = (await read.exclusions([score])).get(call.rest)
    members = score_members(score, call.rest, excluded)
    return Reply(200, b"application/json", msgspec.json.encode(members))


async def _elsewhere(call: Call, read: ReadScores) -> Response:
    survivor = await read.survivor(call.rest)
    if survivor is None:
        raise HTTPException(404, "No acts of this customer are known, or none by then")
    query = f"?{call.query.decode('latin-1')}" if call.query else ""
    return moved(f"{ROUTE.prefix}{quote(survivor, safe='')}{query}")


def _entries(given: list[str] | None) -> int | None:
    if given is None:
        return ENTRIES
    text = given[-1]
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        return None
    return int(text) if int(text) <= MOST_ENTRIES else None


def _wrong(parameter: str, place: str, detail: str) -> Response:
    errors = [{"detail": detail, "parameter": parameter, "in": place}]
    return problem_response(422, "The request does not fit its description", errors=errors)


ROUTE = FastRoute("GET", "/v1/scores/{customer}", get_score, deep=False)

DESCRIPTION: dict[str, Any] = {
    "get": {
        "tags": ["scores"],
        "operationId": "get_score",
        "summary": "What is this customer's score, and why?",
        "description": "Decayed to this moment, or `at` another; 404 for a customer without acts.",
        "security": [{"apiKey": ["scores:read"]}],
        "parameters": [
            {
                "name": "customer",
                "in": "path",
                "required": True,
                "description": "The shop's own id; a slash in it is written %2F.",
                "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_ID},
            },
            {
                "name": "entries",
                "in": "query",
                "description": "Ledger entries to show.",
                "schema": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": MOST_ENTRIES,
                    "default": ENTRIES,
                },
            },
            {
                "name": "at",
                "in": "query",
                "description": "As of then instead of now: of the acts that had happened, or, for"
                " a time ahead, if nothing happens until then.",
                "schema": {"type": "string", "format": "date-time"},
            },
        ],
        "responses": {
            "200": {
                "description": "The score.",
                "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/ScoreAnswer"}}
                },
            },
            "308": MOVED[308],
        },
    }
}
