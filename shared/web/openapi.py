"""Writes into an OpenAPI document which problems each operation may answer with."""

from collections.abc import Iterator, Mapping
from typing import Any

from shared.web.problems import MEDIA_TYPE, title_of

_METHODS = ("get", "put", "post", "delete", "patch", "head")

PROBLEM_SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "Problem details (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "detail": {"type": "string"},
                    "pointer": {
                        "type": "string",
                        "description": "Place in the body: a JSON Pointer as URI fragment.",
                    },
                    "parameter": {"type": "string", "description": "Name outside the body."},
                    "in": {"enum": ["query", "path", "header", "cookie"]},
                },
            },
        },
    },
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route for problems that its description alone does not imply."""
    return {
        status: {
            "description": title_of(status),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def describe_problems(document: dict[str, Any]) -> None:
    """Add the Problem schema, and to every operation the problems that the edge may answer with."""
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = PROBLEM_SCHEMA
    for operation in _operations(document):
        responses = operation.setdefault("responses", {})
        for status, response in problems(*_implied(operation)).items():
            responses.setdefault(str(status), response)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)


def _operations(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document.get("paths", {}).values():
        yield from (path[method] for method in _METHODS if method in path)


def _implied(operation: dict[str, Any]) -> list[int]:
    validated = operation["responses"].get("422", {}).get("content", {}).get("application/json")
    if validated is not None:
        # FastAPI's own description of its own shape, which never leaves here.
        del operation["responses"]["422"]
    statuses = [400, 422, 500, 503]
    if operation.get("security"):
        statuses += [401, 403, 429]
    if "requestBody" in operation:
        statuses += [408, 413, 415]
    if any(p.get("in") == "path" for p in operation.get("parameters", ())):
        statuses.append(404)
    return statuses
