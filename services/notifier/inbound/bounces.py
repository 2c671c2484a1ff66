"""POST /v1/bounces: what came back, as a mail or as a provider's word for it."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from starlette.exceptions import HTTPException

from services.notifier.domain.returned import Kind, Returned
from services.notifier.inbound.returned_mail import Ignored, read_mail
from services.notifier.use_cases.bouncing import Outcome, TakeBounces, Taken
from services.notifier.use_cases.showing import ShowPreferences
from shared.clock import epoch_ms
from shared.web.keys import require
from shared.web.openapi import problems

router = APIRouter(tags=["bounces"])

MOST_AT_ONCE = 1000
_MAIL = "message/rfc822"


class Bounce(BaseModel):
    """What a provider says came back: of a message, or of an address."""

    model_config = ConfigDict(extra="forbid")

    message_id: Annotated[str | None, Field(pattern="^[0-9a-f]{32}$")] = None
    address: Annotated[str | None, Field(min_length=1, max_length=400)] = None
    address_kind: Annotated[
        str | None,
        Field(
            pattern="^[a-z][a-z0-9-]{0,49}$",
            description="email, phone, or what customers have it under; that of the message's"
            " channel, or email, if not given.",
        ),
    ] = None
    kind: Kind
    code: Annotated[str | None, Field(max_length=50, pattern=r"^[\x21-\x7e]+$")] = None
    time: AwareDatetime | None = None

    @model_validator(mode="after")
    def _says_of_what(self) -> "Bounce":
        if self.message_id is None and self.address is None:
            raise ValueError("it needs a message_id or an address")
        return self

    def returned(self) -> Returned:
        """As the use case takes it: a caller with a key is believed."""
        return Returned(
            kind=self.kind,
            messages=(self.message_id,) if self.message_id else (),
            addresses=((self.address_kind, self.address),) if self.address else (),
            code=self.code,
            time=None if self.time is None else epoch_ms(self.time),
            trusted=True,
        )


class BounceAnswer(BaseModel):
    """What came of one."""

    outcome: Outcome
    reason: str | None = Field(description="Why it was ignored.")


class BouncesAnswer(BaseModel):
    """One answer for each, in order."""

    data: list[BounceAnswer]


_ONE = TypeAdapter(Bounce)
_MANY = TypeAdapter(Annotated[list[Bounce], Field(min_length=1, max_length=MOST_AT_ONCE)])
_SCHEMA = Bounce.model_json_schema()
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            _MAIL: {"schema": {"type": "string", "description": "The mail as it came in."}},
            "application/json": {
                "schema": {
                    "oneOf": [
                        _SCHEMA,
                        {"type": "array", "maxItems": MOST_AT_ONCE, "items": _SCHEMA},
                    ]
                }
            },
        },
    }
}


@router.post(
    "/v1/bounces",
    summary="Tell what came back",
    status_code=202,
    dependencies=[require("messages:write")],
    responses=problems(415),
    openapi_extra=_BODY,
)
async def take_bounces(
    request: Request,
    recipient: Annotated[
        str, Query(max_length=1000, description="Where a mail was sent to, if its head hides it.")
    ] = "",
) -> BouncesAnswer:
    """A mail of a mail server (RFC 3464), of a complaint (RFC 5965) or to unsubscribe; or what a
    provider's webhook says, mapped. What says nothing of a message is ignored, with the reason."""
    bounces: TakeBounces = request.app.state.notifier.bounces
    body = await request.body()
    match request.headers.get("content-type", "").partition(";")[0].strip().lower():
        case "message/rfc822":
            taken = [await _mail(request, bounces, body, recipient)]
        case "application/json":
            taken = [await bounces(one.returned()) for one in _bounces(body)]
        case _:
            accepted = {"Accept": f"{_MAIL}, application/json"}
            raise HTTPException(415, f"Send {_MAIL} or application/json", accepted)
    return BouncesAnswer(
        data=[BounceAnswer(outcome=one.outcome, reason=one.reason) for one in taken]
    )


async def _mail(request: Request, bounces: TakeBounces, body: bytes, recipient: str) -> Taken:
    preferences: ShowPreferences = request.app.state.notifier.preferences
    # A long mail takes a while to read, and others wait.
    read = await asyncio.to_thread(read_mail, body, recipient, preferences.link)
    return bounces.ignore(read.reason) if isinstance(read, Ignored) else await bounces(read)


def _bounces(body: bytes) -> Sequence[Bounce]:
    is_many = body.lstrip()[:1] == b"["
    try:
        return _MANY.validate_json(body) if is_many else [_ONE.validate_json(body)]
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)
        places = [{**one, "loc": ("body", *one["loc"])} for one in wrong]
        raise RequestValidationError(places) from None
