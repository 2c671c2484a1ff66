"""Addresses that are not used, over HTTP. Nobody can read an address out of the list."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from services.notifier.ports.decisions import Position
from services.notifier.ports.suppressions import Cause, Suppression
from services.notifier.use_cases.suppressing import Suppressing
from shared.clock import from_epoch_ms
from shared.web import opaque_cursors
from shared.web.cursors import LAST
from shared.web.keys import require
from shared.web.opaque_cursors import OpaqueCursor
from shared.web.openapi import problems

router = APIRouter(tags=["suppressions"])

Digest = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
_Time = Annotated[int, Field(ge=0, le=LAST)]


class AddressBody(BaseModel):
    """An address and its kind."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field(
        pattern="^[a-z][a-z0-9-]{0,49}$",
        description="email, phone, or the name under which customers have such addresses.",
    )
    address: str = Field(min_length=1, max_length=400)


class SuppressionBody(AddressBody):
    """An address that is not to be used."""

    cause: Literal["manual"] = "manual"


class SuppressionAnswer(BaseModel):
    """`digest` stands for the address; the message is the one that came back."""

    digest: str
    cause: Cause
    since: AwareDatetime
    message_id: str | None
    code: str | None = Field(description="What the server said of it.")

    @classmethod
    def of(cls, one: Suppression) -> "SuppressionAnswer":
        """As it stands."""
        return cls(
            digest=one.digest,
            cause=one.cause,
            since=from_epoch_ms(one.since),
            message_id=one.message,
            code=one.code,
        )


class SuppressionsAnswer(BaseModel):
    """Some of them, newest first; no `next_cursor` at the end."""

    data: list[SuppressionAnswer]
    next_cursor: str | None


class CheckAnswer(BaseModel):
    """Whether an address is used, and if not, why."""

    digest: str
    suppressed: bool
    suppression: SuppressionAnswer | None


@router.get(
    "/v1/suppressions",
    summary="Which addresses are not used?",
    dependencies=[require("decisions:read")],
)
async def list_suppressions(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: OpaqueCursor = None,
) -> SuppressionsAnswer:
    """The newest first, without the addresses."""
    place = opaque_cursors.decode(cursor, tuple[int, str])
    after = place and Position(min(max(place[0], 0), LAST), place[1])
    found = await _suppressing(request).page(limit + 1, after)
    following = None
    if len(found) > limit:
        following = opaque_cursors.encode((found[limit - 1].since, found[limit - 1].digest))
    return SuppressionsAnswer(
        data=[SuppressionAnswer.of(one) for one in found[:limit]], next_cursor=following
    )


@router.post(
    "/v1/suppressions:check",
    summary="Is this address used?",
    dependencies=[require("decisions:read")],
)
async def check_suppression(request: Request, body: AddressBody) -> CheckAnswer:
    """However it is written; the digest is what the list has for it."""
    suppressing = _suppressing(request)
    found = await suppressing.check(body.kind, body.address)
    return CheckAnswer(
        digest=suppressing.digest(body.kind, body.address),
        suppressed=found is not None,
        suppression=None if found is None else SuppressionAnswer.of(found),
    )


@router.post(
    "/v1/suppressions",
    summary="Use an address no more",
    responses=problems(409),
    dependencies=[require("messages:write")],
)
async def suppress_address(request: Request, body: SuppressionBody) -> SuppressionAnswer:
    """One that is suppressed already keeps its first cause, and is answered as it stands."""
    suppressing = _suppressing(request)
    await suppressing.add([(body.kind, body.address)], body.cause)
    found = await suppressing.check(body.kind, body.address)
    if found is None:
        raise HTTPException(409, "It was removed at the same time")
    return SuppressionAnswer.of(found)


@router.delete(
    "/v1/suppressions/{digest}",
    summary="Use an address again",
    status_code=204,
    dependencies=[require("messages:write")],
)
async def remove_suppression(request: Request, digest: Digest) -> None:
    """By its digest, as the list and `:check` give it."""
    if not await _suppressing(request).remove(digest):
        raise HTTPException(404, "No such suppression")


def _suppressing(request: Request) -> Suppressing:
    suppressing: Suppressing = request.app.state.notifier.suppressing
    return suppressing
