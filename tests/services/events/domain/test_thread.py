"""What is remembered of a discussion, and how much."""

import msgspec
import pytest

from services.events.domain.thread import (
    HEAD,
    MOST_ACCEPTED,
    MOST_POSTS,
    TAIL,
    Entry,
    TakenBack,
    mentioned,
    note,
    plain_text,
)
from tests.services.events.builders import make_event
from tests.services.events.detectors.builders import (
    make_acceptance,
    make_post,
    make_thread,
    make_withdrawal,
)


def test_a_post_is_kept_plain_and_short() -> None:
    post = note(make_post("p-1", "c-1", "<p>Hello &amp; <b>thanks</b></p>"))
    assert isinstance(post, Entry)
    assert (post.author, post.thread_id, post.content_id) == ("c-1", "t-1", "p-1")
    assert post.text == "Hello & thanks"
    long = note(make_post("p-1", "c-1", "a" * 5000 + "z"))
    assert isinstance(long, Entry)
    assert len(long.text) == HEAD + TAIL + 3
    assert long.text.endswith("z")


@pytest.mark.parametrize(
    "text",
    [
        "> thanks\nNo.",
        "<blockquote><p>thanks</p></blockquote> No.",
        "[quote=anna]thanks[/quote] No.",
    ],
)
def test_what_is_quoted_was_said_by_somebody_else(text: str) -> None:
    assert plain_text(text) == "No."


def test_what_says_nothing_of_a_thread() -> None:
    assert note(make_event("purchase")) is None
    assert note(make_post("p-1", "c-1", "alone", thread_id="")) is None
    assert note(make_event("user_content", {"content_id": 7})) is None
    assert note(make_event("help_received", {"content_id": "p-1"})) is None
    assert note(make_event("withdrawal", data=[])) is None


def test_a_withdrawal_is_of_its_own_source_if_it_says_no_other() -> None:
    assert note(make_withdrawal("x", "/shop")) == TakenBack("/shop", "x")
    other = make_event("withdrawal", {"id": "x", "source": "/other"}, source="/shop")
    assert note(other) == TakenBack("/other", "x")


def test_an_acceptance_without_a_thread_is_one_of_its_own() -> None:
    event = make_event("help_received", {"helper": "c-2"}, id="a-1")
    accepted = note(event)
    assert isinstance(accepted, Entry)
    assert (accepted.thread_id, accepted.content_id) == ("a-1", "a-1")


def test_a_thread_is_bounded_and_an_acceptance_still_has_room() -> None:
    posts = [make_post(f"x{n}", "c-1", "more") for n in range(MOST_POSTS + 10)]
    accepted = [make_acceptance(f"a-{n}") for n in range(MOST_ACCEPTED + 10)]
    thread = make_thread([*posts, *accepted])
    assert (len(thread.posts), len(thread.accepted)) == (MOST_POSTS, MOST_ACCEPTED)
    assert thread.is_full


def test_an_edited_post_is_one_post() -> None:
    edited = make_post("p-1", "c-1", "second", id="post-p-1-b")
    thread = make_thread([edited, make_post("p-1", "c-1", "first")])
    assert [post.text for post in thread.posts] == ["second"]


def test_whom_an_act_names() -> None:
    assert mentioned(make_acceptance()) == {"c-asker", "forum:x:anna"}
    broken = msgspec.structs.replace(make_event("purchase"), data=b"[")
    assert mentioned(broken) == {"c-1"}
