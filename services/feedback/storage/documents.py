"""Invitations, responses and cases as documents of MongoDB."""

from typing import Any

import msgspec

from services.feedback.domain.case import Case, Closing
from services.feedback.domain.invitation import Invitation
from services.feedback.domain.response import Response
from shared.contracts.engagement import ActRef

Document = dict[str, Any]


def write_invitation(invitation: Invitation) -> Document:
    return {
        "customer": invitation.customer,
        "survey": invitation.survey,
        "time": invitation.time,
        "message_id": invitation.message_id,
        "act": _write_act(invitation.act),
    }


def write_response(response: Response) -> Document:
    return {
        "_id": response.id,
        "customer": response.customer,
        "survey": response.survey,
        "time": response.time,
        "value": response.value,
        "scale": list(response.scale),
        "comment": response.comment,
        "language": response.language,
        "message_id": response.message_id,
        "act": _write_act(response.act),
    }


def read_response(found: Document) -> Response:
    lowest, highest = found["scale"]
    return Response(
        id=found["_id"],
        customer=found["customer"],
        survey=found["survey"],
        time=found["time"],
        value=found["value"],
        scale=(lowest, highest),
        comment=found["comment"],
        language=found["language"],
        message_id=found["message_id"],
        act=_read_act(found["act"]),
    )


def write_case(case: Case) -> Document:
    return {
        "_id": case.id,
        "customer": case.customer,
        "cause": case.cause,
        "opened": case.opened,
        "said": case.said,
        "response_id": case.response_id,
        "act": _write_act(case.act),
        "closing": None if case.closing is None else write_closing(case.closing),
    }


def write_closing(closing: Closing) -> Document:
    return {"time": closing.time, "fix": closing.fix, "note": closing.note}


def read_case(found: Document) -> Case:
    closing = found["closing"]
    return Case(
        id=found["_id"],
        customer=found["customer"],
        cause=found["cause"],
        opened=found["opened"],
        said=found["said"],
        response_id=found["response_id"],
        act=_read_act(found["act"]),
        closing=None if closing is None else Closing(**closing),
    )


def _write_act(act: ActRef | None) -> Document | None:
    return None if act is None else dict(msgspec.to_builtins(act))


def _read_act(found: Document | None) -> ActRef | None:
    return None if found is None else msgspec.convert(found, ActRef)
