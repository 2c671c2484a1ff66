"""Which answers open a case, and what others are told of it."""

import msgspec
import pytest

from services.feedback.domain.announcement import answered, case_closed, case_opened
from services.feedback.domain.case import Closing, case_of_response
from shared.contracts.feedback import Answered, CaseClosed, CaseOpened
from tests.services.feedback.builders import (
    make_complaint,
    make_invitation,
    make_ref,
    make_response,
    make_survey,
)


@pytest.mark.parametrize(("value", "bad"), [(0, True), (6, True), (7, False), (10, False)])
def test_an_answer_is_bad_up_to_the_surveys_limit(value: int, bad: bool) -> None:
    response = make_response(make_invitation(), value, "Why.")
    case = case_of_response(response, make_survey())
    assert (case is not None) == bad
    if case is not None:
        assert (case.cause, case.said, case.response_id) == ("survey", "Why.", response.id)


def test_each_response_and_each_complaint_has_a_case_of_its_own() -> None:
    responses = [make_response(make_invitation(message_id=m), 1) for m in ("m-1", "m-2")]
    cases = [case_of_response(response, make_survey()) for response in responses]
    cases += [make_complaint(id="1"), make_complaint(id="2")]
    assert len({case.id for case in cases if case}) == 4


def test_words_and_notes_stay_at_home() -> None:
    response = make_response(make_invitation(), 1, "secret words")
    case = make_complaint()
    closing = Closing(5, "replaced", "secret note")
    told = [answered(response), case_opened(case), case_closed(case, closing)]
    assert len({one.id for one in told}) == 3
    assert all(word not in one.data for one in told for word in (b"secret", b"Broken"))
    assert msgspec.json.decode(told[0].data, type=Answered) == Answered(
        survey="order", value=1, scale=(0, 10), about=make_ref()
    )
    assert msgspec.json.decode(told[1].data, type=CaseOpened) == CaseOpened(
        case_id=case.id, cause="complaint"
    )
    assert msgspec.json.decode(told[2].data, type=CaseClosed) == CaseClosed(
        case_id=case.id, fix="replaced"
    )
