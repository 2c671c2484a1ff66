"""Posts, acceptances and threads for tests."""

from collections.abc import Iterable
from typing import Any

from services.events.detectors.port import Detector, Finding, Retraction
from services.events.domain.thread import Entry, TakenBack, Thread, keep, note
from shared.contracts.cloudevents import CloudEvent
from tests.services.events.builders import make_event

SOURCE = "/webhooks/forum"


def make_post(content: str, author: str, body: str, **members: Any) -> CloudEvent:
    """A post in thread t-1; with a time of its own for each number in `content`."""
    number = int("".join(filter(str.isdigit, content)) or "0")
    data = {"content_id": content, "thread_id": "t-1", "body": body}
    attributes = {
        "id": f"post-{content}",
        "source": SOURCE,
        "subject": author,
        "time": f"2026-05-30T10:00:{number:02}Z",
    }
    for name in ("id", "source", "time"):
        if name in members:
            attributes[name] = members.pop(name)
    return make_event("user_content", data | members, **attributes)


def make_acceptance(
    id: str = "accepted-1", asker: str = "c-asker", helper: str = "forum:x:anna", **members: Any
) -> CloudEvent:
    """`asker` accepts post p-1 of `helper` in thread t-1."""
    data = {"helper": helper, "thread_id": "t-1", "content_id": "p-1", "topic": "First brew"}
    attributes = {"id": id, "source": SOURCE, "subject": asker}
    if "time" in members:
        attributes["time"] = members.pop("time")
    return make_event("help_received", data | members, **attributes)


def make_withdrawal(id: str, source: str = SOURCE) -> CloudEvent:
    """Takes back the act with that id."""
    data = {"id": id}
    return make_event("withdrawal", data, id=f"withdrawal-{id}", source=source, subject="c-asker")


def make_thread(events: Iterable[CloudEvent]) -> Thread:
    """Thread t-1 as it is remembered after these."""
    thread = Thread(SOURCE, "t-1")
    taken_back = set()
    for event in events:
        found = note(event)
        if isinstance(found, Entry):
            thread = keep(thread, found)
        elif isinstance(found, TakenBack):
            taken_back.add(found.id)
    known = {entry.id for entry in thread.entries}
    return Thread(thread.source, thread.id, thread.entries, frozenset(taken_back & known))


def same(subject: str) -> str:
    """Nobody is known by another name."""
    return subject


def look(
    detector: Detector, *events: CloudEvent, linked: dict[str, str] | None = None
) -> tuple[list[Finding], list[Retraction]]:
    """What the detector makes of the thread of these."""
    known = linked or {}
    seen = list(detector.look_at_thread(make_thread(events), lambda one: known.get(one, one)))
    return (
        [one for one in seen if isinstance(one, Finding)],
        [one for one in seen if isinstance(one, Retraction)],
    )
