"""GET /v1/profiles/{customer}/changes: server-sent events for a tool that keeps a customer open.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from starlette.types import Receive, Scope, Send

from services.engagement.inbound.customer_path import CustomerPath, elsewhere
from services.engagement.inbound.profile_answers import profile_members
from services.engagement.use_cases.profile_changes import Gone, Quiet, WatchProfiles
from services.engagement.use_cases.profiles import View
from shared.web import etags
from shared.web.app import Edge
from shared.web.keys import Principal, require
from shared.web.moved import MOVED
from shared.web.problems import RETRY_AFTER_SECONDS, problem_response
from shared.web.routes import SegmentRoute

router = APIRouter(tags=["profiles"], route_class=SegmentRoute)

_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "`profile` with a ProfileAnswer whenever the profile has changed; `gone`"
        " once the customer was erased or merged, which is the end.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


@router.get(
    "/v1/profiles/{customer}/changes",
    summary="Tell me whenever this profile changes",
    response_class=StreamingResponse,
    responses={**_STREAM, **MOVED},
)
async def follow_profile(
    request: Request,
    principal: Annotated[Principal, require("profiles:read")],
    customer: CustomerPath,
    last_event_id: Annotated[
        str | None,
        Header(max_length=200, description="The ETag of what the caller has: nothing until then."),
    ] = None,
) -> Response:
    """The `id` of an event is the profile's ETag. Identity only where the key has customers:read
    besides. A comment every 15 seconds says that the stream is alive."""
    watch: WatchProfiles = request.app.state.engagement.watch
    if await watch.profiles.known(customer) is None:
        return await elsewhere(watch.profiles.read, customer, "/v1/profiles/{}/changes")
    edge: Edge = request.app.state.edge
    may_identify = principal.may("customers:read")

    def may_go_on() -> bool:
        now = edge.keys.check(request.headers.get("Authorization"))
        return now is not None and now.scopes == principal.scopes

    changes = watch(
        customer, may_identify, lambda tag: etags.is_known(tag, last_event_id), may_go_on
    )
    return _Stream(watch, _written(changes, identity_hidden=not may_identify))


async def _written(
    changes: AsyncIterator[View | Quiet | Gone], *, identity_hidden: bool
) -> AsyncIterator[bytes]:
    async for change in changes:
        match change:
            case Quiet():
                yield KEEPALIVE_COMMENT
            case Gone(merged_into):
                told = msgspec.json.encode({"merged_into": merged_into}).decode()
                yield format_sse_event(event="gone", data_str=told)
            case View():
                members = profile_members(change, identity_hidden=identity_hidden)
                told = msgspec.json.encode(members).decode()
                yield format_sse_event(event="profile", data_str=told, id=etags.weak(change.tag))


class _Stream(StreamingResponse):
    """Answers 503 where too many are open; gives its place back however it ends."""

    def __init__(self, watch: WatchProfiles, events: AsyncIterator[bytes]) -> None:
        # Proxies must not gather what is worth nothing late.
        headers = {"X-Accel-Buffering": "no"}
        super().__init__(events, media_type="text/event-stream", headers=headers)
        self._watch = watch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._watch.place() as is_free:
            if is_free:
                await super().__call__(scope, receive, send)
                return
        retry_after = {"Retry-After": str(RETRY_AFTER_SECONDS)}
        full = problem_response(503, "Too many profiles are open here", headers=retry_after)
        await full(scope, receive, send)
