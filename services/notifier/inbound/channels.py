"""Channels over HTTP: how each is, and its switch."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from services.notifier.use_cases.channel_status import ChannelStatus, State, Status
from shared.clock import from_epoch_ms
from shared.contracts.purposes import CHANNEL_NAME
from shared.web.keys import require
from shared.web.openapi import problems

router = APIRouter(tags=["channels"])

Name = Annotated[str, Path(pattern=f"^{CHANNEL_NAME}$", description="Of channels/<name>.yaml.")]


class ChannelAnswer(BaseModel):
    """A way to customers, and how it is."""

    name: str
    adapter: str
    state: State = Field(
        description="`failing`: nothing has succeeded since the provider failed; `resting`: the"
        " process that answers leaves it alone for a while; `disabled`: it takes nothing, and"
        " messages wait."
    )
    failing_since: datetime | None
    resting_until: datetime | None
    disabled_since: datetime | None
    code: str | None = Field(
        description="What the provider said when it failed, or `by_hand` for one switched off."
    )

    @classmethod
    def of(cls, status: Status) -> "ChannelAnswer":
        return cls(
            name=status.name,
            adapter=status.adapter,
            state=status.state,
            failing_since=_time(status.failing_since),
            resting_until=_time(status.resting_until),
            disabled_since=_time(status.disabled_since),
            code=status.code,
        )


class ChannelsAnswer(BaseModel):
    """Every channel of the programme, by name."""

    data: list[ChannelAnswer]


@router.get(
    "/v1/channels", summary="How are the channels?", dependencies=[require("decisions:read")]
)
async def list_channels(request: Request) -> ChannelsAnswer:
    """All channels of the programme."""
    return ChannelsAnswer(data=[ChannelAnswer.of(one) for one in await _channels(request).all()])


@router.post(
    "/v1/channels/{name}:enable",
    summary="Enable a channel",
    dependencies=[require("messages:write")],
    responses=problems(404),
)
async def enable_channel(request: Request, name: Name) -> ChannelAnswer:
    """It is tried again, and what waited goes out. May be repeated."""
    try:
        return ChannelAnswer.of(await _channels(request).enable(name))
    except KeyError:
        raise HTTPException(404, "No such channel") from None


@router.post(
    "/v1/channels/{name}:disable",
    summary="Disable a channel",
    dependencies=[require("messages:write")],
    responses=problems(404),
)
async def disable_channel(request: Request, name: Name) -> ChannelAnswer:
    """Nothing more is handed over, by any process within seconds; messages wait, and may become
    too old to be sent. May be repeated."""
    try:
        return ChannelAnswer.of(await _channels(request).disable(name))
    except KeyError:
        raise HTTPException(404, "No such channel") from None


def _channels(request: Request) -> ChannelStatus:
    channels: ChannelStatus = request.app.state.notifier.channels
    return channels


def _time(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else from_epoch_ms(milliseconds)
