"""/v1/aliases: who stands behind an alias, said by staff and looked up."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from services.events.domain.admission import check_own_id
from services.events.domain.identity import By, Link, check_alias
from services.events.inbound.customer_body import Email, Phone
from services.events.use_cases.identities import LinkAliases
from services.events.use_cases.linking_by_mail import LinkByMail
from services.events.use_cases.people import FindPeople, Known
from shared.errors import Conflict
from shared.web.keys import require
from shared.web.openapi import problems

router = APIRouter(tags=["aliases"])

AliasPath = Annotated[
    str, Path(min_length=3, max_length=200, description="Such as `discourse:forum:anna`.")
]
CustomerId = Annotated[str, Field(min_length=1, max_length=200, description="The shop's own id.")]


class AliasAnswer(BaseModel):
    """An alias and whom it stands for."""

    alias: str
    customer: str | None = Field(description="Null while it leads to nobody.")
    over: str | None = Field(description="The alias that leads on, where it is not a direct link.")
    since: datetime
    by: By = Field(
        description="Whose word it is: the shop's list, an address or number of the customer,"
        " a connector, the staff, or the customer in answer to a mail."
    )

    @classmethod
    def of(cls, known: Known) -> "AliasAnswer":
        link = known.link
        over = link.target if ":" in link.target else None
        return cls(
            alias=link.alias, customer=known.customer, over=over, since=link.since, by=link.by
        )


class AliasesAnswer(BaseModel):
    """All aliases of a customer, in order."""

    data: list[AliasAnswer]


class LinkBody(BaseModel):
    """Whose the alias is."""

    model_config = ConfigDict(extra="forbid")

    customer: CustomerId
    move: bool = Field(False, description="Take it from the customer who has it, if one has.")


class InviteBody(BaseModel):
    """Who is to be asked whether the alias is theirs."""

    model_config = ConfigDict(extra="forbid")

    customer: CustomerId


class InvitationAnswer(BaseModel):
    """An address to mail to this customer, who links the alias there with one click."""

    url: str
    expires_at: datetime


class WaitingAnswer(BaseModel):
    """An alias that nobody is known by, and the acts that wait for it to be linked."""

    alias: str
    acts: int
    since: datetime
    age_seconds: int


class WaitingPage(BaseModel):
    """Some aliases, in order; no `next_cursor` at the end."""

    data: list[WaitingAnswer]
    next_cursor: str | None


class LookupBody(BaseModel):
    """Addresses and numbers to look up; they are neither kept nor logged."""

    model_config = ConfigDict(extra="forbid")

    emails: list[Email] = Field([], max_length=100)
    phones: list[Phone] = Field([], max_length=100, description="E.164.")


class FoundAnswer(BaseModel):
    """The alias of an address or number, which may go into events, and its customer if known."""

    alias: str
    customer: str | None


class LookupAnswer(BaseModel):
    """In the order in which they were asked for."""

    emails: list[FoundAnswer]
    phones: list[FoundAnswer]


@router.get(
    "/v1/aliases",
    summary="Which aliases does a customer have?",
    dependencies=[require("customers:read")],
)
async def list_aliases(
    request: Request, customer: Annotated[str, Query(min_length=1, max_length=200)]
) -> AliasesAnswer:
    """Also those of customers who were merged into this one."""
    find: FindPeople = request.app.state.events.find
    return AliasesAnswer(data=[AliasAnswer.of(known) for known in await find.aliases(customer)])


@router.get(
    "/v1/aliases:waiting",
    summary="Which aliases do acts wait for?",
    dependencies=[require("customers:read")],
)
async def list_waiting(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str, Query(max_length=200)] = "",
) -> WaitingPage:
    """Link an alias, and its acts count with the time at which they happened."""
    link: LinkAliases = request.app.state.events.link
    page = await link.claim.unclaimed.waiting(cursor, limit + 1)
    now = link.clock.now()
    return WaitingPage(
        data=[
            WaitingAnswer(
                alias=one.alias,
                acts=one.acts,
                since=one.since,
                age_seconds=max(0, int((now - one.since).total_seconds())),
            )
            for one in page[:limit]
        ],
        next_cursor=page[limit - 1].alias if len(page) > limit else None,
    )


@router.post(
    "/v1/aliases:lookup",
    summary="Find customers by address or number",
    dependencies=[require("customers:read")],
)
async def look_up(request: Request, body: LookupBody) -> LookupAnswer:
    """Also tells the aliases by which events may name somebody without naming an address."""
    find: FindPeople = request.app.state.events.find
    emails = [find.pseudonyms.email(email) for email in body.emails]
    phones = [find.pseudonyms.phone(phone) for phone in body.phones]
    customers = await find.behind({*emails, *phones})

    def found(aliases: Sequence[str]) -> list[FoundAnswer]:
        return [FoundAnswer(alias=one, customer=customers.get(one)) for one in aliases]

    return LookupAnswer(emails=found(emails), phones=found(phones))


@router.post(
    "/v1/aliases/{alias:path}/invitation",
    summary="Let a customer link an alias",
    dependencies=[require("customers:write")],
)
async def invite(request: Request, alias: AliasPath, body: InviteBody) -> InvitationAnswer:
    """Makes a signed link for a mail to this customer; it works for seven days."""
    link_by_mail: LinkByMail = request.app.state.events.link_by_mail
    mailed = await link_by_mail.invite(alias, body.customer)
    if mailed is None:
        raise HTTPException(404, "No such customer")
    return InvitationAnswer(url=mailed.url, expires_at=mailed.expires)


@router.get(
    "/v1/aliases/{alias:path}",
    summary="Whose is this alias?",
    dependencies=[require("customers:read")],
)
async def get_alias(request: Request, alias: AliasPath) -> AliasAnswer:
    """Whom it stands for, since when and by whose word."""
    find: FindPeople = request.app.state.events.find
    known = await find.alias(alias)
    if known is None:
        raise HTTPException(404, "Nobody is known by this alias")
    return AliasAnswer.of(known)


@router.put(
    "/v1/aliases/{alias:path}",
    summary="Link an alias to a customer",
    dependencies=[require("customers:write")],
    responses=problems(409),
)
async def put_alias(request: Request, alias: AliasPath, body: LinkBody) -> AliasAnswer:
    """Acts that waited for it count for the customer from now on, each at its own time.

    The customer who has an alias keeps it unless `move` says otherwise.
    """
    link: LinkAliases = request.app.state.events.link
    check_alias(alias, "/alias")
    check_own_id(body.customer, "/customer")
    refused = await link([Link(alias, body.customer)], "staff", move=body.move)
    if refused:
        raise Conflict("The alias is another customer's: say `move` to take it from them")
    return await get_alias(request, alias)


@router.delete(
    "/v1/aliases/{alias:path}",
    summary="Unlink an alias",
    status_code=204,
    dependencies=[require("customers:write")],
)
async def delete_alias(request: Request, alias: AliasPath) -> None:
    """What it has brought in stays with the customer; what comes from now on waits."""
    link: LinkAliases = request.app.state.events.link
    links = await link.identities.get([alias])
    if not await link.identities.unlink([Link(one.alias, one.target) for one in links]):
        raise HTTPException(404, "Nobody is known by this alias")
