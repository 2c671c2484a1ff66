"""Discourse: the suite, and what its posts, solutions and accounts mean."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

import pytest

from services.events.connectors.port import Reading
from services.events.domain.identity import Link, Person
from shared.contracts.acts import short_name
from shared.contracts.cloudevents import CloudEvent
from shared.errors import Invalid
from shared.webhooks.delivery import Delivery
from tests.services.events.builders import NOW
from tests.services.events.connectors.suite import ConnectorSuite, Told, make_connector


def make_post(**members: Any) -> dict[str, Any]:
    return {
        "id": 90,
        "user_id": 8,
        "username": "anna",
        "name": "Anna",
        "created_at": "2026-05-01T10:00:00.123Z",
        "updated_at": "2026-05-01T10:00:00.123Z",
        "topic_id": 21,
        "topic_title": "First brew",
        "topic_archetype": "regular",
        "post_number": 2,
        "post_type": 1,
        "reply_to_post_number": None,
        "raw": "Warm the pot first.",
        "cooked": "<p>Warm the pot first.</p>",
        "staff": False,
    } | members


def make_user(**members: Any) -> dict[str, Any]:
    return {
        "id": 8,
        "username": "anna",
        "name": "Anna",
        "email": "Anna@example.com",
        "locale": "fr",
        "external_id": "c-204",
    } | members


def tell(event: str, kind: str, body: Any) -> Told:
    headers = {
        "x-discourse-event": event,
        "x-discourse-event-type": kind,
        "x-discourse-instance": "https://forum.example",
        "x-discourse-event-id": "7",
        "content-type": "application/x-www-form-urlencoded",
    }
    return Told(json.dumps({kind: body}).encode(), headers)


def sign(told: Told, key: str, at: datetime = NOW) -> Delivery:
    digest = hmac.new(key.encode(), told.body, hashlib.sha256).hexdigest()
    signature = {"x-discourse-event-signature": f"sha256={digest}"}
    return Delivery({**told.headers, **signature}, told.body, at)


def read(event: str, kind: str, body: Any, **options: Any) -> Reading:
    return make_connector("discourse", "forum", **options).read(
        Delivery(tell(event, kind, body).headers, tell(event, kind, body).body, NOW)
    )


def data_of(act: CloudEvent) -> Any:
    return json.loads(act.data or b"")


class TestDiscourse(ConnectorSuite):
    name = "discourse"
    source = "forum"
    tells_time: ClassVar[bool] = False

    def sign(self, told: Told, secret: str, at: datetime) -> Delivery:
        return sign(told, secret, at)

    def story(self) -> Sequence[Told]:
        return [
            tell("user_created", "user", make_user()),
            tell("post_created", "post", make_post(id=89, user_id=9, post_number=1)),
            tell("post_created", "post", make_post()),
            tell("accepted_solution", "solved", make_post()),
            tell("unaccepted_solution", "solved", make_post()),
            tell("post_destroyed", "post", make_post()),
        ]


def test_a_topic_says_who_asks() -> None:
    reading = read("post_created", "post", make_post(id=89, user_id=9, post_number=1, raw="How?"))
    assert reading.links == (Link("discourse-topic:forum:21", "discourse:forum:9"),)
    (act,) = reading.acts
    assert (act.id, act.subject, short_name(act.type)) == (
        "post-89",
        "discourse:forum:9",
        "user_content",
    )
    assert act.time == "2026-05-01T10:00:00.123000Z"
    assert data_of(act) == {
        "content_id": "21/1",
        "channel": "community",
        "thread_id": "21",
        "title": "First brew",
        "body": "How?",
        "url": "https://forum.example/t/21/1",
    }


def test_a_reply_names_what_it_answers_and_whose_that_is() -> None:
    first = data_of(read("post_created", "post", make_post()).acts[0])
    assert (first["in_reply_to"], first["author_of_parent"]) == ("21/1", "discourse-topic:forum:21")
    known = make_post(post_number=4, reply_to_post_number=3, reply_to_user={"id": 12})
    second = data_of(read("post_created", "post", known).acts[0])
    assert (second["in_reply_to"], second["author_of_parent"]) == ("21/3", "discourse:forum:12")
    unknown = make_post(post_number=4, reply_to_post_number=3, reply_to_user={"username": "x"})
    third = data_of(read("post_created", "post", unknown).acts[0])
    assert third["in_reply_to"] == "21/3"
    assert "author_of_parent" not in third


def test_a_solution_helped_whoever_began_the_topic() -> None:
    (act,) = read("accepted_solution", "solved", make_post(staff=True)).acts
    assert (act.id, act.subject) == ("help-90", "discourse-topic:forum:21")
    assert short_name(act.type) == "help_received"
    assert act.time == "2026-06-01T12:00:00Z"
    assert data_of(act) == {
        "helper": "discourse:forum:8",
        "topic": "First brew",
        "thread_id": "21",
        "content_id": "21/2",
        "channel": "community",
        "staff": True,
    }


def test_a_solution_is_taken_back_however_the_post_was_edited_in_between() -> None:
    (accepted,) = read("accepted_solution", "solved", make_post()).acts
    edited = make_post(updated_at="2026-05-09T10:00:00Z", raw="Cold water.")
    (taken_back,) = read("unaccepted_solution", "solved", edited).acts
    assert taken_back.id == "withdrawal-help-90"
    assert taken_back.subject == accepted.subject
    assert data_of(taken_back) == {
        "id": accepted.id,
        "reason": "the answer is no longer accepted",
    }


def test_a_deleted_post_is_taken_back() -> None:
    (act,) = read("post_destroyed", "post", make_post(deleted_at="2026-05-02T10:00:00Z")).acts
    assert (act.id, act.subject) == ("withdrawal-post-90", "discourse:forum:8")
    assert data_of(act)["id"] == "post-90"


def test_long_posts_are_cut() -> None:
    (act,) = read("post_created", "post", make_post(raw="é" * 5000)).acts
    assert data_of(act)["body"] == "é" * 4000


def test_an_account_is_a_person() -> None:
    (person,) = read("user_confirmed_email", "user", make_user()).people
    assert person == Person(
        alias="discourse:forum:8",
        customer_id="discourse-forum-8",
        name="Anna",
        email="Anna@example.com",
        email_verified=True,
        locale="fr",
    )
    (unconfirmed,) = read("user_created", "user", make_user()).people
    assert not unconfirmed.email_verified


@pytest.mark.parametrize(
    ("option", "target"),
    [("customer", "c-204"), ("woocommerce:shop", "woocommerce:shop:c-204")],
)
def test_single_sign_on_says_whose_account_it_is(option: str, target: str) -> None:
    reading = read("user_created", "user", make_user(), external_id=option)
    assert reading == Reading(links=(Link("discourse:forum:8", target),))
    without = read("user_created", "user", make_user(external_id=None), external_id=option)
    assert [person.alias for person in without.people] == ["discourse:forum:8"]


@pytest.mark.parametrize(
    ("event", "kind", "body"),
    [
        ("ping", "ping", "OK"),
        ("post_edited", "post", make_post()),
        ("post_recovered", "post", make_post()),
        ("post_liked", "like", {}),
        ("like_created", "like", {}),
        ("topic_created", "topic", {}),
        ("user_destroyed", "user", make_user()),
        ("user_created", "user", make_user(staged=True)),
        ("user_created", "user", make_user(id=-2)),
        ("post_created", "post", make_post(topic_archetype="private_message")),
        ("post_created", "post", make_post(post_type=4)),
        ("post_created", "post", make_post(user_id=-1)),
        ("accepted_solution", "solved", make_post(user_id=None)),
        ("accepted_solution", "solved", make_post(topic_archetype="private_message")),
    ],
)
def test_what_is_no_act_is_ignored_with_a_reason(event: str, kind: str, body: Any) -> None:
    reading = read(event, kind, body)
    assert reading.ignored
    assert reading == Reading(ignored=reading.ignored)


@pytest.mark.parametrize(
    ("event", "body", "pointer"),
    [
        ("post_created", make_post(id="x"), "/post/id"),
        ("post_created", make_post(created_at="yesterday"), "/post/created_at"),
        ("post_created", {}, "/post"),
        ("post_destroyed", [], "/post"),
    ],
)
def test_errors_point_into_the_body(event: str, body: Any, pointer: str) -> None:
    with pytest.raises(Invalid) as caught:
        read(event, "post", body)
    assert caught.value.pointer == pointer


def test_ids_of_single_sign_on_that_no_alias_can_hold() -> None:
    with pytest.raises(Invalid, match="colon"):
        read("user_created", "user", make_user(external_id="a:b"), external_id="woocommerce:shop")


def test_a_delivery_must_say_which_event_it_is() -> None:
    with pytest.raises(Invalid, match="which event"):
        make_connector("discourse", "forum").read(Delivery({}, b"{}", NOW))
