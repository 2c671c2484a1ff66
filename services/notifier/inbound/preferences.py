"""What customers want, over HTTP: for support to look at, to change at their word, to hand on."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Header, Path, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from services.notifier.domain.customer import Customer
from services.notifier.domain.preferences import Frequency
from services.notifier.domain.wish import Statement, Wish
from services.notifier.inbound.preferences_answer import PreferencesAnswer
from services.notifier.use_cases.preferring import Prefer, Stale
from services.notifier.use_cases.showing import ShowPreferences
from shared.clock import epoch_ms
from shared.contracts.purposes import ANY_CHANNEL, Purpose
from shared.errors import Invalid
from shared.links import PreferencesLink
from shared.programme.problems import did_you_mean
from shared.web.cursors import LAST
from shared.web.keys import require
from shared.web.moved import MOVED, moved
from shared.web.openapi import problems
from shared.web.routes import SegmentRoute

router = APIRouter(tags=["preferences"], route_class=SegmentRoute)

CustomerPath = Annotated[
    str,
    Path(
        min_length=1,
        max_length=200,
        description="The shop's own id; a slash in it is written %2F.",
    ),
]
IfMatch = Annotated[
    str | None,
    Header(max_length=1000, description="The ETag that was read: 412 if something was said since."),
]
_TAG = re.compile(r'"([0-9]{1,18})"')


class ConsentBody(BaseModel):
    """What the customer agreed to, or no longer does; it is added to the record."""

    model_config = ConfigDict(extra="forbid")

    purpose: Purpose
    channel: str = Field(ANY_CHANNEL, description="A channel of the programme, or `any`.")
    state: Literal["granted", "withdrawn"]
    wording: str | None = Field(
        None, min_length=1, max_length=200, description="The version of the text they agreed to."
    )
    expires: AwareDatetime | None = None


class PreferencesPatch(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    frequency: Frequency | None = None
    channels: list[str] | None = Field(
        None, max_length=50, description="The only ones to use, best first; empty: any."
    )
    paused_until: AwareDatetime | None = Field(None, description="Null ends the pause.")
    consents: list[ConsentBody] = Field(default_factory=list, max_length=50)


class PreferencesBody(PreferencesPatch):
    """What is left out is as usual; consents are added all the same."""

    frequency: Frequency = "usual"
    channels: list[str] = Field(
        default_factory=list,
        max_length=50,
        description="The only ones to use, best first; empty: any.",
    )


class LinkBody(BaseModel):
    """The message by which one click on the link would go; none stops all."""

    model_config = ConfigDict(extra="forbid")

    message_id: Annotated[str | None, Field(pattern="^[0-9a-f]{32}$")] = None


class LinkAnswer(BaseModel):
    """Where the customer says what they want; for them alone, and good for ever."""

    url: str


@router.get(
    "/v1/preferences/{customer}",
    summary="What does a customer want?",
    response_model=PreferencesAnswer,
    responses={**MOVED, **problems(404)},
    dependencies=[require("preferences:read")],
)
async def get_preferences(
    request: Request, response: Response, customer: CustomerPath
) -> PreferencesAnswer | RedirectResponse:
    """What counts now for each purpose and channel, and all that was ever agreed to or withdrawn,
    by whom and with which wording. 404 for one who was erased or of whom nothing is known."""
    elsewhere = await _elsewhere(request, customer)
    if elsewhere is not None:
        return elsewhere
    found = await _show(request).customer(customer)
    if found.erased or found == Customer(customer):
        raise HTTPException(404, "Nothing is known of this customer")
    return _answer(request, response, found)


@router.put(
    "/v1/preferences/{customer}",
    summary="Say what a customer wants",
    response_model=PreferencesAnswer,
    responses={**MOVED, **problems(404, 412)},
    dependencies=[require("preferences:write")],
)
async def put_preferences(
    request: Request,
    response: Response,
    customer: CustomerPath,
    body: PreferencesBody,
    if_match: IfMatch = None,
) -> PreferencesAnswer | RedirectResponse:
    """Replaces frequency, channels and pause; consents are added to what was said before."""
    pause = _pause(body.paused_until)
    return await _prefer(request, response, customer, _wish(request, body, pause), if_match)


@router.patch(
    "/v1/preferences/{customer}",
    summary="Change some of what a customer wants",
    response_model=PreferencesAnswer,
    responses={**MOVED, **problems(404, 412)},
    dependencies=[require("preferences:write")],
)
async def patch_preferences(
    request: Request,
    response: Response,
    customer: CustomerPath,
    body: PreferencesPatch,
    if_match: IfMatch = None,
) -> PreferencesAnswer | RedirectResponse:
    """A merge patch (RFC 7396) of frequency, channels and pause; consents are added."""
    pause = _pause(body.paused_until) if "paused_until" in body.model_fields_set else None
    return await _prefer(request, response, customer, _wish(request, body, pause), if_match)


@router.post(
    "/v1/preferences/{customer}:link",
    summary="Make a link to a customer's preference page",
    response_model=LinkAnswer,
    responses=MOVED,
    dependencies=[require("preferences:write")],
)
async def make_link(
    request: Request, customer: CustomerPath, body: LinkBody | None = None
) -> LinkAnswer | RedirectResponse:
    """For support to send to the customer: whoever has it may change what they want."""
    elsewhere = await _elsewhere(request, customer, ":link")
    if elsewhere is not None:
        return elsewhere
    link = PreferencesLink(customer, None if body is None else body.message_id)
    return LinkAnswer(url=_show(request).url(link))


async def _prefer(
    request: Request, response: Response, customer: str, wish: Wish, if_match: str | None
) -> PreferencesAnswer | RedirectResponse:
    elsewhere = await _elsewhere(request, customer)
    if elsewhere is not None:
        return elsewhere
    prefer: Prefer = request.app.state.notifier.prefer
    try:
        found = await prefer(customer, wish, "api", _revision(if_match))
    except Stale:
        raise HTTPException(412, "Something else was said since") from None
    if found.erased:
        raise HTTPException(404, "The customer was erased")
    return _answer(request, response, found)


def _pause(until: datetime | None) -> int:
    return 0 if until is None else min(epoch_ms(until), LAST)


def _revision(if_match: str | None) -> int | None:
    """The one that must stand; None for any. -1 stands for none that ever was."""
    if if_match is None or if_match.strip() == "*":
        return None
    tag = _TAG.fullmatch(if_match.strip())
    return int(tag[1]) if tag else -1


def _wish(request: Request, body: PreferencesPatch, pause: int | None) -> Wish:
    routes = list(_show(request).policy.routes)
    _check(body.channels or (), routes, "/channels")
    if len(set(body.channels or ())) != len(body.channels or ()):
        raise Invalid("a channel stands twice", "/channels")
    for place, one in enumerate(body.consents):
        _check([one.channel], [*routes, ANY_CHANNEL], f"/consents/{place}/channel", whole=True)
    statements = tuple(
        Statement(
            purpose=one.purpose,
            channel=one.channel,
            state=one.state,
            wording=one.wording,
            expires=None if one.expires is None else epoch_ms(one.expires),
        )
        for one in body.consents
    )
    channels = None if body.channels is None else tuple(body.channels)
    return Wish(statements=statements, channels=channels, frequency=body.frequency, pause=pause)


def _check(given: Sequence[str], known: Sequence[str], place: str, *, whole: bool = False) -> None:
    for index, name in enumerate(given):
        if name not in known:
            hint = did_you_mean(name, known)
            raise Invalid(
                f"the programme has no such channel{hint}", place if whole else f"{place}/{index}"
            )


def _answer(request: Request, response: Response, customer: Customer) -> PreferencesAnswer:
    show = _show(request)
    response.headers["ETag"] = f'"{customer.preferences.revision}"'
    return PreferencesAnswer.of(customer, show.policy, epoch_ms(show.clock.now()))


async def _elsewhere(request: Request, customer: str, verb: str = "") -> RedirectResponse | None:
    survivor = await _show(request).survivor(customer)
    if survivor == customer:
        return None
    return moved(f"/v1/preferences/{quote(survivor, safe='')}{verb}")


def _show(request: Request) -> ShowPreferences:
    preferences: ShowPreferences = request.app.state.notifier.preferences
    return preferences
