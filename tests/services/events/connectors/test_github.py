"""GitHub: the suite, and what its discussions mean; every sample of the shelf."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest

from services.events.connectors.port import Reading
from services.events.domain.admission import Admission
from shared.contracts.acts import short_name
from shared.contracts.cloudevents import CloudEvent
from shared.errors import Invalid
from shared.webhooks.delivery import Delivery
from tests.services.events.builders import NOW
from tests.services.events.connectors.suite import ConnectorSuite, Told, make_connector
from tests.shipped import catalogue

SHELF = Path(__file__).resolve().parents[5] / "shared" / "data" / "community" / "github"
ANNA, BEN, BOT = {"id": 8, "type": "User"}, {"id": 9, "type": "User"}, {"id": 1, "type": "Bot"}


def make_discussion(**members: Any) -> dict[str, Any]:
    return {
        "id": 33,
        "number": 4,
        "title": "First brew",
        "created_at": "2026-05-01T10:00:00Z",
        "user": ANNA,
        "body": "How?",
        "html_url": "https://github.com/o/r/discussions/4",
        "answer_chosen_at": None,
        "answer_chosen_by": None,
    } | members


def make_comment(**members: Any) -> dict[str, Any]:
    return {
        "id": 55,
        "created_at": "2026-05-02T10:00:00Z",
        "user": BEN,
        "parent_id": None,
        "body": "Warm the pot.",
        "html_url": "https://github.com/o/r/discussions/4#discussioncomment-55",
    } | members


def make_answered(**members: Any) -> dict[str, Any]:
    chosen = {"answer_chosen_at": "2026-05-03T12:00:00.000+02:00", "answer_chosen_by": ANNA}
    body = {"action": "answered", "discussion": make_discussion(**chosen), "answer": make_comment()}
    return body | members


def tell(event: str, body: Any) -> Told:
    headers = {"x-github-event": event, "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958"}
    return Told(json.dumps(body).encode(), headers)


def read(event: str, body: Any) -> Reading:
    told = tell(event, body)
    return make_connector("github", "repo").read(Delivery(told.headers, told.body, NOW))


def data_of(act: CloudEvent) -> Any:
    return json.loads(act.data or b"")


class TestGitHub(ConnectorSuite):
    name = "github"
    source = "repo"
    tells_time: ClassVar[bool] = False

    def sign(self, told: Told, secret: str, at: datetime) -> Delivery:
        digest = hmac.new(secret.encode(), told.body, hashlib.sha256).hexdigest()
        signature = {"x-hub-signature-256": f"sha256={digest}"}
        return Delivery({**told.headers, **signature}, told.body, at)

    def story(self) -> Sequence[Told]:
        comment = {"comment": make_comment(), "discussion": make_discussion()}
        unanswered = {"discussion": make_discussion(), "old_answer": make_comment()}
        return [
            tell("discussion", {"action": "created", "discussion": make_discussion()}),
            tell("discussion_comment", {"action": "created", **comment}),
            tell("discussion", make_answered()),
            tell("discussion", {"action": "unanswered", **unanswered}),
            tell("discussion_comment", {"action": "deleted", **comment}),
            tell("discussion", {"action": "deleted", "discussion": make_discussion()}),
        ]


def test_a_chosen_answer_helped_whoever_asked() -> None:
    (act,) = read("discussion", make_answered()).acts
    assert (act.id, act.subject, act.time) == ("help-55", "github:repo:8", "2026-05-03T10:00:00Z")
    assert short_name(act.type) == "help_received"
    assert data_of(act) == {
        "content_id": "comment-55",
        "channel": "community",
        "helper": "github:repo:9",
        "topic": "First brew",
        "thread_id": "discussion-33",
        "chosen_by": "github:repo:8",
    }


def test_an_own_answer_is_told_too() -> None:
    (act,) = read("discussion", make_answered(answer=make_comment(user=ANNA))).acts
    assert data_of(act)["helper"] == act.subject


def test_an_answer_that_is_chosen_no_longer_is_taken_back() -> None:
    (chosen,) = read("discussion", make_answered()).acts
    body = {"action": "unanswered", "discussion": make_discussion(), "old_answer": make_comment()}
    (act,) = read("discussion", body).acts
    assert (act.id, act.subject) == ("withdrawal-help-55", chosen.subject)
    assert data_of(act)["id"] == chosen.id


def test_comments_name_what_they_answer() -> None:
    def told(**members: Any) -> Any:
        body = {"comment": make_comment(**members), "discussion": make_discussion()}
        (act,) = read("discussion_comment", {"action": "created", **body}).acts
        assert (act.id, act.subject, act.time) == (
            "comment-55",
            "github:repo:9",
            "2026-05-02T10:00:00Z",
        )
        return data_of(act)

    top, below = told(), told(parent_id=54)
    assert (top["in_reply_to"], top["author_of_parent"]) == ("discussion-33", "github:repo:8")
    assert below["in_reply_to"] == "comment-54"
    assert "author_of_parent" not in below
    assert top["thread_id"] == below["thread_id"] == "discussion-33"


@pytest.mark.parametrize(
    ("event", "body"),
    [
        ("ping", {"zen": "Keep it logically awesome.", "hook_id": 1}),
        ("star", {"action": "created"}),
        ("issues", {"action": "opened"}),
        ("push", {}),
        ("discussion", {"action": "edited", "discussion": make_discussion()}),
        ("discussion", {"action": "labeled", "discussion": make_discussion()}),
        ("discussion", {"action": "created", "discussion": make_discussion(user=BOT)}),
        ("discussion", {"action": "created", "discussion": make_discussion(user=None)}),
        ("discussion", make_answered(answer=make_comment(user=BOT))),
        ("discussion", make_answered(discussion=make_discussion(user=None))),
        ("discussion", make_answered(answer=make_comment(user=None))),
        (
            "discussion_comment",
            {"action": "edited", "comment": make_comment(), "discussion": make_discussion()},
        ),
        (
            "discussion_comment",
            {
                "action": "created",
                "comment": make_comment(user=BOT),
                "discussion": make_discussion(),
            },
        ),
    ],
)
def test_what_is_no_act_is_ignored_with_a_reason(event: str, body: Any) -> None:
    reading = read(event, body)
    assert reading.ignored
    assert reading == Reading(ignored=reading.ignored)


@pytest.mark.parametrize(
    ("event", "body", "pointer"),
    [
        ("discussion", make_answered(answer=None), "/answer"),
        ("discussion", {"action": "unanswered", "discussion": make_discussion()}, "/old_answer"),
        ("discussion", {"action": "created"}, ""),
        ("discussion_comment", {"action": "created", "comment": []}, "/comment"),
        ("discussion", [], ""),
    ],
)
def test_errors_point_into_the_body(event: str, body: Any, pointer: str) -> None:
    with pytest.raises(Invalid) as caught:
        read(event, body)
    assert caught.value.pointer == pointer


@pytest.mark.parametrize(
    ("name", "acts"),
    [
        ("discussion__answered", [("help_received", "help-550561", "github:repo:4595477")]),
        ("discussion__created", [("user_content", "discussion-3299614", "github:repo:21031067")]),
        (
            "discussion_comment__created",
            [("user_content", "comment-550062", "github:repo:21031067")],
        ),
        ("issue_comment__created", []),
        ("sponsorship__created", []),
        ("star__created", []),
    ],
)
def test_every_sample_of_the_shelf(name: str, acts: list[tuple[str, str, str]]) -> None:
    file = SHELF / f"{name}.payload.json"
    if not file.exists():
        pytest.skip(f"no sample data at {file}")
    headers = {"x-github-event": name.partition("__")[0]}
    reading = make_connector("github", "repo").read(Delivery(headers, file.read_bytes(), NOW))
    assert [(short_name(act.type), act.id, act.subject) for act in reading.acts] == acts
    for act in reading.acts:
        assert Admission(catalogue(), NOW).admit(act) == act
    assert bool(reading.ignored) is not bool(acts)


def test_the_helper_of_the_sample_is_the_author_of_the_answer() -> None:
    file = SHELF / "discussion__answered.payload.json"
    if not file.exists():
        pytest.skip(f"no sample data at {file}")
    headers = {"x-github-event": "discussion"}
    (act,) = make_connector("github", "repo").read(Delivery(headers, file.read_bytes(), NOW)).acts
    assert data_of(act)["helper"] == "github:repo:1253226"
    assert data_of(act)["chosen_by"] == "github:repo:4595477"
