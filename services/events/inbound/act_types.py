"""The catalogue of acts over HTTP: what may be sent, as enforced."""

import hashlib
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from shared.web.keys import require

router = APIRouter()

_CACHING = "private, max-age=300"
_NOT_MODIFIED: dict[int | str, dict[str, Any]] = {
    304: {"description": "What the caller has (If-None-Match) still holds"}
}


class ActTypeAnswer(BaseModel):
    """A type of act. An amount must besides have no more decimals than its currency."""

    type: str = Field(description="The `type` of the CloudEvent.")
    name: str = Field(description="The short name, as in the programme.")
    title: str
    description: str
    schema_: dict[str, Any] = Field(
        alias="schema", description="JSON Schema (2020-12) of `data`, as enforced."
    )
    example: dict[str, Any] = Field(description="`data` with every member.")


class ActTypes(BaseModel):
    """All types of act, by name."""

    data: list[ActTypeAnswer]


@router.get(
    "/v1/events/types",
    tags=["events"],
    summary="Which acts are there?",
    response_model=ActTypes,
    responses=_NOT_MODIFIED,
    dependencies=[require("events:write")],
)
async def list_act_types(request: Request) -> Response:
    """The catalogue of the programme, with the JSON Schema of each. Cacheable."""
    types = request.app.state.events.act_types
    return _answer(request, {"data": [types[name] for name in sorted(types)]})


@router.get(
    "/v1/events/types/{name}",
    tags=["events"],
    summary="What does this act say?",
    response_model=ActTypeAnswer,
    responses=_NOT_MODIFIED,
    dependencies=[require("events:write")],
)
async def get_act_type(request: Request, name: str) -> Response:
    """One type, by its short name. Cacheable."""
    found = request.app.state.events.act_types.get(name)
    if found is None:
        raise HTTPException(404, "No such type of act")
    return _answer(request, found)


def _answer(request: Request, content: Any) -> Response:
    body = msgspec.json.encode(content)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": _CACHING}
    asked = request.headers.get("If-None-Match", "")
    if tag in (one.strip().removeprefix("W/") for one in asked.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)
