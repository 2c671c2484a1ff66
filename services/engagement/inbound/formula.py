"""The formula over HTTP: look at it, propose another one, compare, switch, and go back."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.engagement.ports.books import Book, Shelf
from services.engagement.use_cases.changing_formula import ChangeFormula
from shared.clock import from_epoch_ms
from shared.errors import Invalid
from shared.programme.formula import make_formula
from shared.programme.formula_checks import check_formula
from shared.web.keys import require
from shared.web.openapi import problems
from shared.web.problems import invalid_response

router = APIRouter(tags=["programme"])

_EXACT = msgspec.json.Decoder(float_hook=Decimal)

Version = Annotated[str, Field(pattern="^[0-9a-f]{12}$")]


class MoveAnswer(BaseModel):
    """Customers whose level changes."""

    before: str
    after: str
    customers: int


class SpreadAnswer(BaseModel):
    """How scores spread over customers."""

    mean: float
    highest: float
    quantiles: dict[str, float] = Field(
        description='Score by rank: below the one at "0.9" lie nine of ten customers, about.'
    )


class ReachAnswer(BaseModel):
    """Customers who would have reached a level within a year of their first act."""

    level: str
    customers: int
    share: float


class DifferenceAnswer(BaseModel):
    """What the other formula changes."""

    as_of: datetime
    customers: int
    moves: list[MoveAnswer]
    before: SpreadAnswer
    after: SpreadAnswer
    promotions: dict[str, int] = Field(description="Customers who reach a higher level, by level.")
    thanks: int = Field(description="How many of these a rule of the programme thanks for.")
    reach: list[ReachAnswer]
    warnings: list[str] = Field(description="Levels that nobody or everybody reaches.")
    faults: list[str] = Field(description="Where counts or money differ, which they must not.")
    unchecked: list[str] = Field(
        description="Counts and money that mean something else by the other formula."
    )


class OtherFormulaAnswer(BaseModel):
    """The formula beside the live one, whose scores are kept up to date too."""

    version: str
    state: Literal["begun", "building", "built", "failed", "previous"]
    proposed: datetime
    announce: bool = Field(description="Whether levels reached by it will be told to customers.")
    left: int = Field(description="Customers whose acts have yet to be scored by it.")
    difference: DifferenceAnswer | None


class FormulaAnswer(BaseModel):
    """The formula that scores are made by."""

    version: str
    since: datetime
    formula: dict[str, Any]
    programme: str = Field(description="Version of the formula in this server's programme folder.")
    other: OtherFormulaAnswer | None


class ProposeBody(BaseModel):
    """A formula: `scoring` is what scoring.yaml says; `settings` has currency, exchange and
    time_zone of programme.yaml."""

    model_config = ConfigDict(extra="forbid")

    formula: dict[str, Any]
    replace: bool = Field(
        False, description="Also where another one was proposed, or could be gone back to."
    )
    announce: bool = Field(False, description="Tell customers of levels that they reach by it.")


class WhichBody(BaseModel):
    """Which formula is meant, to be sure."""

    model_config = ConfigDict(extra="forbid")

    version: Version | None = None


@router.get(
    "/v1/programme/formula",
    summary="By which formula are scores made?",
    dependencies=[require("programme:read")],
    response_model=FormulaAnswer,
)
async def get_formula(request: Request) -> Response:
    """With the one beside it: how far its scores are, and what it would change."""
    return _answer(request, await _change(request).books.shelf())


@router.post(
    "/v1/programme/formula:propose",
    summary="Score all acts by another formula too",
    dependencies=[require("programme:write")],
    response_model=FormulaAnswer,
    responses=problems(409),
)
async def propose_formula(request: Request, body: ProposeBody) -> Response:
    """Live scores stay as they are until the switch. The same one again changes nothing; another
    one is refused while one stands beside the live one, unless it is to `replace` it."""
    said = _exactly(await request.body())
    faults = check_formula(said, request.app.state.engagement.programme)
    if faults:
        for fault in faults:
            fault.pointer = f"/formula{fault.pointer}"
        return invalid_response(faults)
    change = _change(request)
    shelf = await change.propose(make_formula(said), replace=body.replace, announce=body.announce)
    return _answer(request, shelf)


@router.post(
    "/v1/programme/formula:switch",
    summary="Let scores be those by the other formula",
    dependencies=[require("programme:write")],
    response_model=FormulaAnswer,
    responses=problems(409),
)
async def switch_formula(request: Request, body: WhichBody | None = None) -> Response:
    """In one step, once it is built; acts wait for less than a second."""
    return _answer(request, await _change(request).switch(None if body is None else body.version))


@router.post(
    "/v1/programme/formula:revert",
    summary="Go back to the formula before",
    dependencies=[require("programme:write")],
    response_model=FormulaAnswer,
    responses=problems(409),
)
async def revert_formula(request: Request, body: WhichBody | None = None) -> Response:
    """Its scores have been kept up to date, so this is as quick as the switch was."""
    return _answer(request, await _change(request).revert(None if body is None else body.version))


@router.post(
    "/v1/programme/formula:discard",
    summary="Drop the formula beside the live one",
    dependencies=[require("programme:write")],
    response_model=FormulaAnswer,
    responses=problems(409),
)
async def discard_formula(request: Request) -> Response:
    """Whether it was proposed or is the one before, which nobody can go back to then."""
    return _answer(request, await _change(request).discard())


def _exactly(body: bytes) -> dict[str, Any]:
    """What the body says once more, with numbers as they are written. Raises Invalid."""
    try:
        said: dict[str, Any] = _EXACT.decode(body)["formula"]
    except (msgspec.DecodeError, ArithmeticError):
        raise Invalid("not JSON as RFC 8259 describes it") from None
    return said


def _change(request: Request) -> ChangeFormula:
    change: ChangeFormula = request.app.state.engagement.formula
    return change


def _answer(request: Request, shelf: Shelf) -> Response:
    live = shelf.live
    content = {
        "version": live.version,
        "since": from_epoch_ms(live.switched or live.created),
        "formula": msgspec.Raw(live.document.encode()),
        "programme": request.app.state.engagement.programme.formula.version,
        "other": None if shelf.beside is None else _other(shelf, shelf.beside),
    }
    return Response(msgspec.json.encode(content), media_type="application/json")


def _other(shelf: Shelf, book: Book) -> dict[str, Any]:
    difference = None
    if book.report is not None and shelf.state != "previous":
        difference = msgspec.json.decode(book.report)
        difference["as_of"] = from_epoch_ms(difference["as_of"])
    return {
        "version": book.version,
        "state": shelf.state,
        "proposed": from_epoch_ms(book.created),
        "announce": book.announce,
        "left": shelf.left,
        "difference": difference,
    }
