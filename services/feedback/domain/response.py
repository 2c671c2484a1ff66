"""A response: what a customer answered, and whether that is bad news."""

from dataclasses import dataclass

from services.feedback.domain.invitation import Invitation
from shared.contracts.engagement import ActRef
from shared.programme.model import Survey


@dataclass(frozen=True, slots=True)
class Response:
    """Given at `time` (ms). `scale` is the survey's at that time, `language` the page's.

    `customer` is "" once the customer is erased; `comment` then is "" too.
    """

    id: str
    customer: str
    survey: str
    time: int
    value: int
    scale: tuple[int, int]
    comment: str
    language: str
    message_id: str | None = None
    act: ActRef | None = None


def respond(
    invitation: Invitation, survey: Survey, value: int, comment: str, language: str, time: int
) -> Response:
    """The one response to `invitation`; `value` lies within the survey's scale."""
    return Response(
        id=invitation.id,
        customer=invitation.customer,
        survey=survey.name,
        time=time,
        value=value,
        scale=(survey.scale.lowest, survey.scale.highest),
        comment=comment,
        language=language,
        message_id=invitation.message_id,
        act=invitation.act,
    )
