"""A response as an act: who gave it, what number was chosen, what was written."""

from collections.abc import Callable
from typing import Any

from services.events.connectors.act import make_act, utc
from services.events.connectors.typeform.wire import Answer, Response
from services.events.domain.admission import check_customer_id
from shared.contracts.cloudevents import CloudEvent
from shared.errors import Invalid

MAX_COMMENT = 4000
MAX_RATING = 5

_SCALES = ("nps", "opinion_scale", "rating")
_AT = "/form_response"


def read_response(
    source: str, response: Response, act: str, hidden: str, email_alias: Callable[[str], str]
) -> CloudEvent:
    """The act of answering. Raises Invalid: nobody is named, or no rating for a review."""
    subject = _subject(response, hidden, email_alias)
    time = utc(response.submitted_at, f"{_AT}/submitted_at")
    data = {"survey_answer": _survey_answer, "review": _review, "complaint": _complaint}[act]
    return make_act(source, act, f"response-{response.token}", subject, time, data(response))


def _subject(response: Response, hidden: str, email_alias: Callable[[str], str]) -> str:
    named = (response.hidden or {}).get(hidden)
    if isinstance(named, int | str) and not isinstance(named, bool) and str(named).strip():
        subject = str(named).strip()
        if "@" in subject:
            return email_alias(subject)
        check_customer_id(subject, f"{_AT}/hidden/{hidden}")
        return subject
    for answer in response.answers or ():
        if answer.type == "email" and answer.email:
            return email_alias(answer.email)
    raise Invalid("names nobody: no hidden field of the customer, no e-mail answer", _AT)


def _survey_answer(response: Response) -> dict[str, Any]:
    scaled = _scaled(response)
    lowest, highest = _scale(response, scaled) if scaled else (None, None)
    return {
        "survey": response.form_id,
        "response_id": response.token,
        "rating": scaled.number if scaled else None,
        "scale_min": lowest,
        "scale_max": highest,
        "comment": _comment(response),
    }


def _review(response: Response) -> dict[str, Any]:
    scaled = _scaled(response)
    if scaled is None or not 1 <= scaled.number <= MAX_RATING:
        raise Invalid("a review has a rating from 1 to 5", f"{_AT}/answers")
    lowest, highest = _scale(response, scaled)
    if (lowest, highest) not in ((1, MAX_RATING), (None, None)):
        raise Invalid("a review has a scale from 1 to 5", f"{_AT}/definition")
    comment = _comment(response)
    return {"rating": scaled.number, "review_id": response.token, "review_body": comment}


def _complaint(response: Response) -> dict[str, Any]:
    return {"message": _comment(response)}


def _scaled(response: Response) -> Answer | None:
    """The first answer on a scale."""
    for answer in response.answers or ():
        whole = isinstance(answer.number, int) and not isinstance(answer.number, bool)
        if answer.type == "number" and answer.field.type in _SCALES and whole:
            return answer
    return None


def _scale(response: Response, answer: Answer) -> tuple[int | None, int | None]:
    """The lowest and highest number that could have been chosen, where that is known."""
    if answer.field.type == "nps":
        return 0, 10
    questions = response.definition.fields if response.definition else []
    known = next((one.properties for one in questions if one.id == answer.field.id), None)
    if known is None or known.steps is None:
        return None, None
    lowest = 1 if known.start_at_one or answer.field.type == "rating" else 0
    return lowest, lowest + known.steps - 1


def _comment(response: Response) -> str | None:
    """The first long text."""
    for answer in response.answers or ():
        if answer.type == "text" and answer.field.type == "long_text" and answer.text:
            return answer.text[:MAX_COMMENT]
    return None
