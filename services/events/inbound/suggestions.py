"""Suggestions over HTTP: look, confirm, reject, and how often a detector was right."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from services.events.domain.suggestion import Suggestion
from services.events.inbound.suggestion_answers import (
    DecisionsAnswer,
    ReportAnswer,
    SuggestionAnswer,
    SuggestionsAnswer,
)
from services.events.use_cases.suggestions import DecideSuggestions
from shared.web import cursors
from shared.web.cursors import Cursor, place_of
from shared.web.keys import Principal, require
from shared.web.openapi import problems

router = APIRouter(tags=["suggestions"])

MOST_DECISIONS = 200

SuggestionId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
Id = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
Deciding = Annotated[Principal, require("suggestions:write")]
Reason = Annotated[str, Field(max_length=1000)]


class ConfirmBody(BaseModel):
    """Needed only where nobody knows yet who it was."""

    model_config = ConfigDict(extra="forbid")

    subject: str | None = Field(
        None, min_length=1, max_length=200, description="The customer, or an alias."
    )


class RejectBody(BaseModel):
    """Why it is not so; for those who look at it later."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason | None = None


class DecisionsBody(BaseModel):
    """Ids of suggestions."""

    model_config = ConfigDict(extra="forbid")

    confirm: list[Id] = Field([], max_length=MOST_DECISIONS)
    reject: list[Id] = Field([], max_length=MOST_DECISIONS)
    reason: Reason | None = Field(None, description="For those that are rejected.")


@router.get(
    "/v1/suggestions",
    summary="Which acts were probably done?",
    dependencies=[require("suggestions:read")],
)
async def list_suggestions(
    request: Request,
    status: Annotated[
        Literal["open", "emitted", "confirmed", "rejected", "withdrawn"] | None, Query()
    ] = None,
    detector: Annotated[str | None, Query(min_length=1, max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Cursor = None,
) -> SuggestionsAnswer:
    """Oldest first."""
    decide = _decide(request)
    after = cursors.decode(cursor)
    position = after and (after.moment, after.id)
    found = await decide.suggestions.page(status, detector, position, limit + 1)
    now = decide.clock.now()
    following = cursors.next_cursor(found, limit, lambda one: place_of(one.found_at, one.id))
    data = [SuggestionAnswer.of(one, now) for one in found[:limit]]
    return SuggestionsAnswer(data=data, next_cursor=following)


@router.get(
    "/v1/suggestions/report",
    summary="How often is each detector right?",
    dependencies=[require("suggestions:read")],
)
async def get_report(request: Request) -> ReportAnswer:
    """By what people confirmed and rejected, in all and by confidence."""
    return ReportAnswer.of(await _decide(request).suggestions.counts())


@router.post("/v1/suggestions/decisions", summary="Confirm and reject many")
async def decide_many(
    request: Request, body: DecisionsBody, principal: Deciding
) -> DecisionsAnswer:
    """Each is decided by itself; those that could not be are listed with the reason."""
    undecided = await _decide(request).decide(
        body.confirm, body.reject, principal.key_id, body.reason
    )
    return DecisionsAnswer.of(len({*body.confirm}) + len({*body.reject}), undecided)


@router.get(
    "/v1/suggestions/{suggestion_id:hex_id}",
    summary="Look at a suggestion",
    dependencies=[require("suggestions:read")],
)
async def get_suggestion(request: Request, suggestion_id: SuggestionId) -> SuggestionAnswer:
    """With its evidence."""
    decide = _decide(request)
    return _answer(decide, await decide.suggestions.get(suggestion_id))


@router.post(
    "/v1/suggestions/{suggestion_id:hex_id}:confirm",
    summary="Confirm a suggestion",
    responses=problems(409),
)
async def confirm_suggestion(
    request: Request,
    suggestion_id: SuggestionId,
    principal: Deciding,
    body: ConfirmBody | None = None,
) -> SuggestionAnswer:
    """The act counts, with the time of its evidence. May be repeated."""
    decide = _decide(request)
    subject = body.subject if body else None
    return _answer(decide, await decide.confirm(suggestion_id, principal.key_id, subject))


@router.post(
    "/v1/suggestions/{suggestion_id:hex_id}:reject",
    summary="Reject a suggestion",
    responses=problems(409),
)
async def reject_suggestion(
    request: Request,
    suggestion_id: SuggestionId,
    principal: Deciding,
    body: RejectBody | None = None,
) -> SuggestionAnswer:
    """An act that counted is taken back, for good. May be repeated."""
    decide = _decide(request)
    reason = body.reason if body else None
    return _answer(decide, await decide.reject(suggestion_id, principal.key_id, reason))


def _decide(request: Request) -> DecideSuggestions:
    decide: DecideSuggestions = request.app.state.events.suggestions
    return decide


def _answer(decide: DecideSuggestions, found: Suggestion | None) -> SuggestionAnswer:
    if found is None:
        raise HTTPException(404, "No such suggestion")
    return SuggestionAnswer.of(found, decide.clock.now())
