"""POST /v1/bounces/{channel}: a provider's webhook tells what came back, and proves it."""

from typing import Annotated, Any

import msgspec
import structlog
from fastapi import APIRouter, Path, Request
from starlette.exceptions import HTTPException

from services.notifier.inbound.bounces import BounceAnswer, BouncesAnswer
from services.notifier.use_cases.provider_reports import TakeProviderReports
from shared.errors import Invalid
from shared.web.openapi import problems
from shared.webhooks.delivery import SignatureRefused

router = APIRouter(tags=["bounces"])

log = structlog.get_logger()

_CHALLENGE = {"WWW-Authenticate": 'Basic realm="requite"'}
"""Some clients send a password only once they are asked for it."""
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "JSON as the provider sends it, of any media type.",
        "content": {"*/*": {"schema": {}}},
    },
    "security": [],
}


@router.post(
    "/v1/bounces/{channel}",
    summary="Take a provider's report of what came back",
    status_code=202,
    responses=problems(401, 404, 413),
    openapi_extra=_BODY,
)
async def take_provider_report(
    request: Request,
    channel: Annotated[str, Path(description="Of channels/<name>.yaml, which has `bounces`.")],
) -> BouncesAnswer:
    """For the providers themselves: the address to enter there. Needs no API key; the provider
    proves who it is as the channel's file says. What its file does not name is ignored."""
    reports: TakeProviderReports = request.app.state.notifier.provider_reports
    if channel not in reports.rules:
        raise HTTPException(404, "No such channel, or its provider does not report")
    body = await request.body()
    try:
        reports.prove(channel, request.headers, request.query_params, body)
    except SignatureRefused as error:
        log.info("report_refused", channel=channel, reason=str(error))
        is_basic = reports.rules[channel].signature.scheme == "basic"
        detail = f"The report is not proved: {error}"
        raise HTTPException(401, detail, _CHALLENGE if is_basic else None) from None
    taken = await reports(channel, _document(body))
    return BouncesAnswer(
        data=[BounceAnswer(outcome=one.outcome, reason=one.reason) for one in taken]
    )


def _document(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Invalid("not well-formed JSON") from None
