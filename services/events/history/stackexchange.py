"""Posts.xml of a Stack Exchange data dump as acts: posts, and answers that helped.

Fields are those of the dump's schema (meta.stackexchange.com/q/2677). It does not say when an
answer was accepted, so `help_received` has the time of the answer.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from services.events.domain.identity import make_alias
from services.events.domain.thread import HELP_RECEIVED, USER_CONTENT, plain_text
from services.events.history.xml_rows import open_xml
from shared.contracts.cloudevents import CloudEvent

QUESTION, ANSWER = "1", "2"
BODY_HEAD, BODY_TAIL = 3000, 900
TITLE = 300

_SITE = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,58}[a-z0-9])?")
_ID = re.compile(r"[0-9]{1,20}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?")

Row = Mapping[str, str]


@dataclass(slots=True)
class Tally:
    """What the posts of a file come to. `other` are wikis, tag descriptions and the like;
    `unclear` is an accepted answer where one of the two is not known."""

    posts: int = 0
    accepted: int = 0
    without_owner: int = 0
    other: int = 0
    broken: int = 0
    unclear: int = 0


@dataclass(frozen=True, slots=True)
class _Question:
    id: str
    asker: str
    title: str


def is_site(name: str) -> bool:
    """Whether `name` can stand in an alias: coffee, stackoverflow, ru.stackoverflow."""
    return _SITE.fullmatch(name) is not None


def site_of(path: Path) -> str | None:
    """The site of `coffee.stackexchange.com/Posts.xml`, by the folder's name."""
    name = path.resolve().parent.name.lower().removesuffix(".com").removesuffix(".stackexchange")
    return name if path.resolve().parent.name.lower().endswith(".com") and is_site(name) else None


class Posts:
    """One file. Memory grows with the questions that have an accepted answer, not with posts."""

    def __init__(self, path: Path, site: str) -> None:
        self._path = path
        self._site = site
        self._source = f"/import/stackexchange/{site}"
        self._at = 0
        self.tally = Tally()
        self.size = path.stat().st_size

    @property
    def position(self) -> int:
        """How many bytes have been read."""
        return min(self._at, self.size)

    def acts(self) -> Iterator[CloudEvent]:
        """The same acts in the same order each time. Raises OSError, UnreadableFile."""
        self.tally = Tally()
        questions = self._answered()
        with open_xml(self._path, "row") as xml:
            for row in xml.rows:
                self._at = xml.position()
                yield from self._acts_of(row, questions)
        self.tally.unclear += len(questions)

    def _answered(self) -> dict[str, _Question]:
        """Questions by their accepted answer."""
        found: dict[str, _Question] = {}
        with open_xml(self._path, "row") as xml:
            for row in xml.rows:
                if (answer := _id(row, "AcceptedAnswerId")) and (question := _id(row, "Id")):
                    asker = self._owner(row)
                    found[answer] = _Question(question, asker, row.get("Title", "")[:TITLE])
        return found

    def _acts_of(self, row: Row, questions: dict[str, _Question]) -> Iterator[CloudEvent]:
        kind = row.get("PostTypeId")
        if kind not in (QUESTION, ANSWER):
            self.tally.other += 1
            return
        post, time = _id(row, "Id"), row.get("CreationDate", "")
        thread = post if kind == QUESTION else _id(row, "ParentId")
        if not post or not thread or not _TIME.fullmatch(time):
            self.tally.broken += 1
            return
        owner = self._owner(row)
        if owner:
            self.tally.posts += 1
            yield self._post(row, post, thread, owner)
        else:
            self.tally.without_owner += 1
        question = questions.pop(post, None) if kind == ANSWER else None
        if question is not None and question.asker and owner:
            self.tally.accepted += 1
            yield self._acceptance(question, post, owner, time)
        elif question is not None:
            self.tally.unclear += 1

    def _owner(self, row: Row) -> str:
        """The alias of who wrote it; empty for deleted users and for the site's own account -1."""
        user = _id(row, "OwnerUserId")
        return make_alias("stackexchange", self._site, user) if user else ""

    def _post(self, row: Row, post: str, thread: str, owner: str) -> CloudEvent:
        data = {
            "content_id": post,
            "thread_id": thread,
            "in_reply_to": row.get("ParentId"),
            "title": row.get("Title", "")[:TITLE],
            "body": plain_text(row.get("Body", ""), BODY_HEAD, BODY_TAIL),
        }
        return self._act(USER_CONTENT, f"post-{post}", owner, row["CreationDate"], data)

    def _acceptance(self, question: _Question, answer: str, helper: str, time: str) -> CloudEvent:
        data = {
            "helper": helper,
            "thread_id": question.id,
            "content_id": answer,
            "topic": question.title,
        }
        return self._act(HELP_RECEIVED, f"accepted-{answer}", question.asker, time, data)

    def _act(
        self, kind: str, id: str, subject: str, time: str, data: Mapping[str, str | None]
    ) -> CloudEvent:
        told = {name: value for name, value in data.items() if value} | {"channel": "community"}
        return CloudEvent(
            id=id,
            source=self._source,
            type=kind,
            subject=subject,
            time=f"{time}Z",
            datacontenttype="application/json",
            data=msgspec.json.encode(told),
        )


def _id(row: Row, name: str) -> str:
    value = row.get(name, "")
    return value if _ID.fullmatch(value) else ""
