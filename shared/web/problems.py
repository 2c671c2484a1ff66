"""Problem details (RFC 9457): the one shape of every error that leaves over HTTP."""

from collections.abc import Collection, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from shared.errors import Conflict, Invalid, Unavailable

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 2

# RFC 9110 renamed these two; which name http.HTTPStatus has depends on the Python version.
_TITLES = {413: "Content Too Large", 422: "Unprocessable Content"}
# Pydantic's messages that repeat a part of the input.
_ECHOING = {"union_tag_invalid": "The tag is none of the expected ones"}


def title_of(status: int) -> str:
    """The status phrase, which is the title of a problem of type about:blank (section 4.2.1)."""
    return _TITLES.get(status) or HTTPStatus(status).phrase


def problem_response(
    status: int,
    detail: str | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    **extensions: Any,
) -> Response:
    """A response that is also an ASGI application: `await problem_response(…)(scope, …)`.

    `detail` and `extensions` must never repeat input, which may be personal.
    """
    problem: dict[str, Any] = {"type": "about:blank", "title": title_of(status), "status": status}
    if detail:
        problem["detail"] = detail
    return Response(
        msgspec.json.encode(problem | extensions),
        status,
        dict(headers) if headers else None,
        MEDIA_TYPE,
    )


def invalid_response(errors: Sequence[Invalid]) -> Response:
    """422 with one entry in `errors` for each rule broken."""
    return problem_response(
        422,
        "The input breaks a rule",
        errors=[{"detail": e.reason, "pointer": fragment(e.pointer)} for e in errors],
    )


def fragment(pointer: str) -> str:
    """A JSON Pointer as a URI fragment (RFC 6901, section 6): "/a b" -> "#/a%20b"."""
    return "#" + quote(pointer, safe="/~!$&'()*+,;=:@")


def pointer_to(steps: Sequence[str | int]) -> str:
    """The JSON Pointer of a path of names and indexes: ["a/b", 0] -> "/a~1b/0"."""
    return "".join("/" + str(s).replace("~", "~0").replace("/", "~1") for s in steps)


def problem_of(error: Exception, in_path: Collection[str] | None = None) -> Response | None:
    """The response to an error that is raised on purpose; None for one that nobody foresaw.

    `in_path` has the names of the path's parameters where the request has no body, so that a place
    in the input is a parameter.
    """
    match error:
        case HTTPException():
            phrase = HTTPStatus(error.status_code).phrase
            detail = error.detail if error.detail != phrase else None
            return problem_response(error.status_code, detail, headers=error.headers)
        case Invalid():
            steps = error.pointer.split("/")[1:]
            if in_path is None or len(steps) != 1:
                return invalid_response([error])
            place = "path" if steps[0] in in_path else "query"
            wrong = {"detail": error.reason, "parameter": steps[0], "in": place}
            return problem_response(422, "The input breaks a rule", errors=[wrong])
        case Conflict():
            if error.pointer is None:
                return problem_response(409, str(error) or None)
            at = {"detail": str(error), "pointer": fragment(error.pointer)}
            return problem_response(409, str(error), errors=[at])
        case Unavailable():
            return problem_response(
                503,
                "A server that this needs is away; try again",
                headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
            )
    return None


def install_problem_handlers(app: FastAPI) -> None:
    """Turn every error that a route raises on purpose into a problem.

    What nobody foresaw passes on to `Observation`, which answers 500.
    """
    app.exception_handlers.update(
        dict.fromkeys((HTTPException, Invalid, Conflict, Unavailable), _foreseen)
        | {RequestValidationError: _validation_error}
    )


async def _foreseen(request: Request, error: Exception) -> Response:
    has_body = (
        request.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in request.headers
    )
    response = problem_of(error, None if has_body else request.path_params)
    if response is None:
        raise error
    if response.status_code == 405:
        response.headers["Allow"] = ", ".join(_allowed_methods(request))
    return response


async def _validation_error(_: Request, error: RequestValidationError) -> Response:
    errors = error.errors()
    # FastAPI hands a body on as bytes when its media type is not JSON.
    if isinstance(error.body, bytes) and any(e["loc"][0] == "body" for e in errors):
        return problem_response(
            415, "Send application/json", headers={"Accept": "application/json"}
        )
    return problem_response(
        422, "The request does not fit its description", errors=[_broken_rule(e) for e in errors]
    )


def _broken_rule(error: Mapping[str, Any]) -> dict[str, str]:
    place, *steps = error["loc"]
    if error["type"] == "json_invalid":
        return {"detail": f"Not JSON: {error['ctx']['error']}", "pointer": "#"}
    detail = _ECHOING.get(error["type"]) or str(error["msg"]).removeprefix("Value error, ")
    if place == "body":
        return {"detail": detail, "pointer": fragment(pointer_to(steps))}
    return {"detail": detail, "parameter": ".".join(map(str, steps)), "in": str(place)}


def _allowed_methods(request: Request) -> list[str]:
    # A router answers 405 from its first route with this path, others may take other methods.
    methods: set[str] = set()
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
        scope = {**request.scope, "method": method}
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.routes):
            methods.add(method)
    return sorted(methods)
