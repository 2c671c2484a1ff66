"""Typeform: the suite, and what responses mean."""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from services.events.connectors.port import Reading
from shared.contracts.acts import short_name
from shared.errors import Invalid
from shared.webhooks.delivery import Delivery
from tests.services.events.builders import NOW
from tests.services.events.connectors.suite import ConnectorSuite, Told, make_connector

SCALE = {"id": "q1", "type": "opinion_scale", "ref": "a"}
TEXT = {"id": "q2", "type": "long_text", "ref": "b"}
NPS = {"type": "number", "number": 9, "field": {"id": "q1", "type": "nps", "ref": "a"}}
COMMENT = {"type": "text", "text": "Early parcel.", "field": TEXT}
EMAIL = {"type": "email", "email": "Anna@example.com", "field": {"id": "q3", "type": "email"}}


def make_response(token: str = "a1", **members: Any) -> dict[str, Any]:
    response = {
        "form_id": "lT4Z3j",
        "token": token,
        "landed_at": "2026-05-01T09:58:00Z",
        "submitted_at": "2026-05-01T10:00:00Z",
        "hidden": {"user_id": "c-204"},
        "calculated": {"score": 9},
        "definition": {"id": "lT4Z3j", "fields": [{"id": "q1", "properties": {"steps": 11}}]},
        "answers": [NPS, COMMENT],
    } | members
    return {"event_id": "LtWXD3", "event_type": "form_response", "form_response": response}


def tell(body: Any) -> Told:
    return Told(json.dumps(body).encode())


def read(body: Any, **options: Any) -> Reading:
    return make_connector("typeform", "survey", **options).read(Delivery({}, tell(body).body, NOW))


def act_of(body: Any, **options: Any) -> tuple[str, str | None, Any]:
    """Short name, subject and payload."""
    (act,) = read(body, **options).acts
    return short_name(act.type), act.subject, json.loads(act.data or b"")


class TestTypeform(ConnectorSuite):
    name = "typeform"
    source = "survey"

    def sign(self, told: Told, secret: str, at: datetime) -> Delivery:
        digest = hmac.digest(secret.encode(), told.body, hashlib.sha256)
        signature = {"typeform-signature": "sha256=" + base64.b64encode(digest).decode()}
        return Delivery({**told.headers, **signature}, told.body, at)

    def story(self) -> Sequence[Told]:
        return [
            tell(make_response("a1")),
            tell(make_response("a2", hidden=None, answers=[NPS, EMAIL])),
            tell(make_response("a3", answers=None)),
        ]


def test_a_response_is_an_answer_to_a_survey() -> None:
    assert act_of(make_response()) == (
        "survey_answer",
        "c-204",
        {
            "survey": "lT4Z3j",
            "response_id": "a1",
            "rating": 9,
            "scale_min": 0,
            "scale_max": 10,
            "comment": "Early parcel.",
        },
    )
    (act,) = read(make_response()).acts
    assert (act.id, act.time) == ("response-a1", "2026-05-01T10:00:00Z")


@pytest.mark.parametrize(
    ("hidden", "option", "subject"),
    [
        ({"user_id": "c-1"}, "user_id", "c-1"),
        ({"user_id": 1234567890123456789}, "user_id", "1234567890123456789"),
        ({"user_id": "order:shop:1001"}, "user_id", "order:shop:1001"),
        ({"customer": "c-2", "user_id": "c-1"}, "customer", "c-2"),
        ({"mail": " Anna@Example.com"}, "mail", "email:616e6e61406578616d706c652e636f6d"),
        ({"user_id": " "}, "user_id", "email:616e6e61406578616d706c652e636f6d"),
        ({"user_id": None}, "user_id", "email:616e6e61406578616d706c652e636f6d"),
        ({}, "user_id", "email:616e6e61406578616d706c652e636f6d"),
    ],
)
def test_who_answered(hidden: Any, option: str, subject: str) -> None:
    body = make_response(hidden=hidden, answers=[EMAIL])
    assert act_of(body, hidden=option)[1] == subject


@pytest.mark.parametrize(
    ("kind", "properties", "scale"),
    [
        ("nps", None, (0, 10)),
        ("opinion_scale", {"steps": 11}, (0, 10)),
        ("opinion_scale", {"steps": 5, "start_at_one": True}, (1, 5)),
        ("rating", {"steps": 5, "shape": "star"}, (1, 5)),
        ("rating", None, None),
        ("opinion_scale", {}, None),
    ],
)
def test_the_scale(kind: str, properties: Any, scale: tuple[int, int] | None) -> None:
    answer = {"type": "number", "number": 4, "field": {"id": "q1", "type": kind}}
    definition = {"fields": [{"id": "q1"} | ({"properties": properties} if properties else {})]}
    _, _, data = act_of(make_response(answers=[answer], definition=definition))
    assert data["rating"] == 4
    told = (data["scale_min"], data["scale_max"]) if "scale_min" in data else None
    assert told == scale


@pytest.mark.parametrize("number", [4.5, True, "4", None])
def test_a_number_that_is_on_no_scale_is_no_rating(number: Any) -> None:
    odd = {"type": "number", "number": number, "field": SCALE}
    plain = {"type": "number", "number": 42, "field": {"id": "q9", "type": "number"}}
    _, _, data = act_of(make_response(answers=[odd, plain]))
    assert "rating" not in data


def test_a_form_can_be_for_reviews_or_complaints() -> None:
    answer = {"type": "number", "number": 4, "field": {"id": "q1", "type": "rating"}}
    body = make_response(answers=[answer, COMMENT], definition=None)
    assert act_of(body, act="review") == (
        "review",
        "c-204",
        {"rating": 4, "review_id": "a1", "review_body": "Early parcel."},
    )
    assert act_of(body, act="complaint") == ("complaint", "c-204", {"message": "Early parcel."})


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (make_response(hidden=None), "names nobody"),
        (make_response(hidden={"user_id": "a\x00b"}), "printable characters"),
        (make_response(hidden={"user_id": "x" * 201}), "1 to 200 characters"),
        (make_response(submitted_at="now"), "date-time"),
        (make_response(form_id=7), "Expected"),
        ({"event_type": "form_response"}, "form_response"),
    ],
)
def test_what_can_not_be_read(body: Any, reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        read(body)


@pytest.mark.parametrize(
    "answers",
    [[COMMENT], [NPS], [{"type": "number", "number": 0, "field": SCALE}]],
)
def test_a_review_has_a_rating_from_1_to_5(answers: Any) -> None:
    with pytest.raises(Invalid, match="from 1 to 5"):
        read(make_response(answers=answers), act="review")


def test_other_events_are_ignored() -> None:
    assert read({"event_id": "1", "event_type": "form_response_partial"}).ignored


@pytest.mark.parametrize("options", [{"hiden": "x"}, {"act": "purchase"}, {"hidden": 1}])
def test_options_that_do_not_exist(options: Any) -> None:
    with pytest.raises(Invalid):
        make_connector("typeform", "survey", **options)
