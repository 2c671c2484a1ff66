"""Posts of a Stack Exchange dump as acts, and the help in a real one."""

from collections import Counter
from pathlib import Path

import msgspec
import pytest

from services.events.detectors.accepted_answer import AcceptedAnswer
from services.events.detectors.port import Finding
from services.events.domain.admission import Admission
from services.events.domain.thread import Entry, Thread, keep, note
from services.events.history.stackexchange import Posts, is_site, site_of
from shared.contracts.acts import short_name
from shared.contracts.cloudevents import CloudEvent, check
from tests.services.events.builders import NOW
from tests.services.events.detectors.builders import same
from tests.services.events.history.dumps import COFFEE, answer, question, write_posts
from tests.services.events.use_cases.people import CATALOGUE


def test_posts_and_the_accepted_answer(tmp_path: Path) -> None:
    path = write_posts(tmp_path / "Posts.xml", [question(1, 7, accepted=2), answer(2, 1, 8)])
    posts = Posts(path, "coffee")
    first, second, accepted = posts.acts()
    assert (first.id, first.subject) == ("post-1", "stackexchange:coffee:7")
    assert first.time == "2015-01-27T20:09:01.720Z"
    assert msgspec.json.decode(second.data or b"") == {
        "content_id": "2",
        "thread_id": "1",
        "in_reply_to": "1",
        "body": "No 2",
        "channel": "community",
    }
    assert (accepted.id, accepted.subject) == ("accepted-2", "stackexchange:coffee:7")
    assert accepted.source == second.source == "/import/stackexchange/coffee"
    assert accepted.time == second.time
    assert msgspec.json.decode(accepted.data or b"") == {
        "helper": "stackexchange:coffee:8",
        "thread_id": "1",
        "content_id": "2",
        "topic": "Question 1",
        "channel": "community",
    }
    assert posts.position == posts.size


def test_an_answer_may_stand_before_its_question(tmp_path: Path) -> None:
    path = write_posts(tmp_path / "Posts.xml", [answer(2, 1, 8), question(1, 7, accepted=2)])
    assert {act.id for act in Posts(path, "coffee").acts()} == {"post-1", "post-2", "accepted-2"}


def test_what_stays_out_is_counted(tmp_path: Path) -> None:
    rows = [
        question(1, None, accepted=2),
        answer(2, 1),
        question(3, 7, accepted=4),
        answer(4, 3, None),
        answer(5, 3, -1),
        question(6, 7, accepted=99),
        question(8) | {"PostTypeId": "5"},
        question(9) | {"CreationDate": "yesterday"},
        question(10) | {"Id": "x"},
    ]
    posts = Posts(write_posts(tmp_path / "Posts.xml", rows), "coffee")
    assert {act.id for act in posts.acts()} == {"post-2", "post-3", "post-6"}
    tally = posts.tally
    assert (tally.posts, tally.accepted, tally.without_owner) == (3, 0, 3)
    assert (tally.unclear, tally.other, tally.broken) == (3, 1, 2)


def test_the_site_is_in_the_name_of_the_folder() -> None:
    assert site_of(Path("dumps/coffee.stackexchange.com/Posts.xml")) == "coffee"
    assert site_of(Path("dumps/stackoverflow.com/Posts.xml")) == "stackoverflow"
    assert site_of(Path("dumps/Posts.xml")) is None
    assert not any(map(is_site, ["", "a b", "a:b", "A", "-a", "x" * 99]))


needs_shelf = pytest.mark.skipif(not COFFEE.exists(), reason=f"{COFFEE.name} is not on the shelf")


@needs_shelf
def test_every_act_of_a_real_site_is_one_that_events_admits() -> None:
    posts = Posts(COFFEE, "coffee")
    admission = Admission(CATALOGUE, NOW)
    kinds = Counter(short_name(admission.admit(check(act)).type) for act in posts.acts())
    assert kinds == {"user_content": 552, "help_received": 105}
    assert (posts.tally.other, posts.tally.without_owner, posts.tally.broken) == (40, 0, 0)


@needs_shelf
def test_the_help_in_a_real_site() -> None:
    """105 accepted, 6 of them by the asker himself; the others by 36 people."""
    threads: dict[tuple[str, str], Thread] = {}
    for act in Posts(COFFEE, "coffee").acts():
        entry = note(act)
        assert isinstance(entry, Entry)
        thread = threads.get(entry.thread_key, Thread(*entry.thread_key))
        threads[entry.thread_key] = keep(thread, entry)
    helps: list[CloudEvent] = [
        found.act
        for thread in threads.values()
        for found in AcceptedAnswer().look_at_thread(thread, same)
        if isinstance(found, Finding)
    ]
    assert len({help_act.id for help_act in helps}) == len(helps) == 99
    assert len({help_act.subject for help_act in helps}) == 36
