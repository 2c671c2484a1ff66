"""Invitations, responses and cases as rows of SQLite, columns in the order of the tables."""

from typing import Any

import msgspec

from services.feedback.domain.case import Case, Closing
from services.feedback.domain.invitation import Invitation
from services.feedback.domain.response import Response
from services.feedback.ports import Person
from shared.contracts.engagement import ActRef

Row = tuple[Any, ...]


def write_person(customer: str, person: Person) -> Row:
    """Without the hash. The id in plain only of those who were merged."""
    erased, plain = 0, customer if person.merged_into else None
    return (person.revision, person.locale, person.time_zone, erased, plain, person.merged_into)


def write_invitation(invitation: Invitation) -> Row:
    return (
        invitation.id,
        invitation.customer,
        invitation.survey,
        invitation.time,
        invitation.message_id,
        _write_act(invitation.act),
    )


def write_response(response: Response) -> Row:
    return (
        response.id,
        response.customer,
        response.survey,
        response.time,
        response.value,
        *response.scale,
        response.comment,
        response.language,
        response.message_id,
        _write_act(response.act),
    )


def read_response(row: Row) -> Response:
    response_id, customer, survey, time, value, lowest, highest, *rest = row
    comment, language, message_id, act = rest
    return Response(
        id=response_id,
        customer=customer,
        survey=survey,
        time=time,
        value=value,
        scale=(lowest, highest),
        comment=comment,
        language=language,
        message_id=message_id,
        act=_read_act(act),
    )


def write_case(case: Case) -> Row:
    closing = case.closing
    return (
        case.id,
        case.customer,
        case.cause,
        case.opened,
        case.said,
        case.response_id,
        _write_act(case.act),
        *((None, None, "") if closing is None else (closing.time, closing.fix, closing.note)),
    )


def read_case(row: Row) -> Case:
    case_id, customer, cause, opened, said, response_id, act, closed, fix, note = row
    return Case(
        id=case_id,
        customer=customer,
        cause=cause,
        opened=opened,
        said=said,
        response_id=response_id,
        act=_read_act(act),
        closing=None if closed is None else Closing(closed, fix, note),
    )


def _write_act(act: ActRef | None) -> str | None:
    return None if act is None else msgspec.json.encode(act).decode()


def _read_act(text: str | None) -> ActRef | None:
    return None if text is None else msgspec.json.decode(text, type=ActRef)
