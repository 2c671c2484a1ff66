"""What is remembered of a discussion: posts, accepted answers, what was taken back."""

import html
import re

import msgspec

from services.events.domain.event_data import read_data
from shared.contracts.acts import PREFIX
from shared.contracts.cloudevents import CloudEvent

USER_CONTENT = f"{PREFIX}user_content.v1"
HELP_RECEIVED = f"{PREFIX}help_received.v1"
WITHDRAWAL = f"{PREFIX}withdrawal.v1"

MOST_POSTS = 50
"""Of one thread; whoever talks longer talks about more than one thing."""
MOST_ACCEPTED = 50
"""Acceptances of one thread, those that were taken back included."""
HEAD, TAIL = 700, 300
"""Characters of a post that are kept: thanks stand at the beginning or at the end."""

LOOKED_AT = 20_000
"""Characters at either end of a text that are looked at for it."""

_TAG = re.compile(r"<[^<>]*>")
_SPACE = re.compile(r"\s+")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A post, or with a `helper` the acceptance of that person's post, by the act (source, id).

    `author` is who posted, or who accepted. `time` is RFC 3339. `text` is plain and cut.
    """

    source: str
    id: str
    thread_id: str
    content_id: str
    author: str
    time: str
    helper: str = ""
    topic: str = ""
    text: str = ""
    language: str | None = None
    staff: bool = False
    channel: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """(source, id): what makes it the same when it is told again."""
        return self.source, self.id

    @property
    def thread_key(self) -> tuple[str, str]:
        """Which thread it is of."""
        return self.source, self.thread_id


class TakenBack(msgspec.Struct, frozen=True):
    """The act (source, id) does not count any more."""

    source: str
    id: str

    @property
    def key(self) -> tuple[str, str]:
        return self.source, self.id


class Thread(msgspec.Struct, frozen=True):
    """A discussion as it stands; what was taken back is in `withdrawn`, as ids of entries.

    Ids of threads are unique within a source.
    """

    source: str
    id: str
    entries: tuple[Entry, ...] = ()
    withdrawn: frozenset[str] = frozenset()

    @property
    def posts(self) -> list[Entry]:
        """What was posted and stands, oldest first; of an edited post what was told last."""
        standing = (one for one in self.entries if not one.helper and one.id not in self.withdrawn)
        told = {post.content_id: post for post in sorted(standing, key=lambda one: one.id)}
        return sorted(told.values(), key=lambda post: (post.time, post.content_id))

    @property
    def accepted(self) -> list[Entry]:
        """Every acceptance that was told, oldest first, also what was taken back."""
        return sorted(
            (one for one in self.entries if one.helper), key=lambda one: (one.time, one.id)
        )

    @property
    def key(self) -> tuple[str, str]:
        return self.source, self.id

    @property
    def is_full(self) -> bool:
        """Whether posts may be missing."""
        return sum(not one.helper for one in self.entries) >= MOST_POSTS

    @property
    def people(self) -> set[str]:
        """Everybody in it, as ids or aliases."""
        return {one.author for one in self.entries} | {
            one.helper for one in self.entries if one.helper
        }


def keep(thread: Thread, entry: Entry) -> Thread:
    """The thread with `entry` in it, in the place of the one with its id; as it was if full.

    Whose platform has no time for an acceptance tells it with that of its receipt, each time
    another: the earliest is kept.
    """
    others = tuple(one for one in thread.entries if one.id != entry.id)
    if entry.helper:
        told = [one.time for one in thread.entries if one.id == entry.id]
        entry = msgspec.structs.replace(entry, time=min([entry.time, *told]))
    alike = sum(bool(one.helper) == bool(entry.helper) for one in others)
    if alike >= (MOST_ACCEPTED if entry.helper else MOST_POSTS):
        return thread
    return msgspec.structs.replace(thread, entries=(*others, entry))


class _Content(msgspec.Struct):
    content_id: str
    thread_id: str = ""
    title: str = ""
    body: str = ""
    language: str | None = None
    staff: bool = False
    channel: str | None = None


class _HelpReceived(msgspec.Struct):
    helper: str = ""
    thread_id: str = ""
    content_id: str = ""
    topic: str = ""
    words: str = ""
    channel: str | None = None


class _Withdrawal(msgspec.Struct):
    id: str
    source: str = ""


class _Mentioning(msgspec.Struct):
    helper: str = ""
    helped: str = ""
    referred_by: str = ""


def mentioned(event: CloudEvent) -> set[str]:
    """Who did it, and whom it names."""
    told = read_data(event, _Mentioning) or _Mentioning()
    return {event.subject or "", told.helper, told.helped, told.referred_by} - {""}


def note(event: CloudEvent) -> Entry | TakenBack | None:
    """What `event` adds to the memory of a thread; None for what says nothing about one."""
    if event.subject is None or event.time is None:
        return None
    if event.type == USER_CONTENT:
        return _post(event, event.subject, event.time)
    if event.type == HELP_RECEIVED:
        return _acceptance(event, event.subject, event.time)
    if event.type == WITHDRAWAL and (told := read_data(event, _Withdrawal)) is not None:
        return TakenBack(told.source or event.source, told.id)
    return None


def _post(event: CloudEvent, author: str, time: str) -> Entry | None:
    content = read_data(event, _Content)
    if content is None or not content.thread_id:
        return None
    return Entry(
        source=event.source,
        id=event.id,
        thread_id=content.thread_id,
        content_id=content.content_id,
        author=author,
        time=time,
        text=plain_text(content.body),
        language=content.language,
        staff=content.staff,
        channel=content.channel,
    )


def _acceptance(event: CloudEvent, author: str, time: str) -> Entry | None:
    told = read_data(event, _HelpReceived)
    if told is None or not told.helper:  # Whoever helped has left, and nobody can be thanked.
        return None
    content_id = told.content_id or event.id
    return Entry(
        source=event.source,
        id=event.id,
        thread_id=told.thread_id or content_id,
        content_id=content_id,
        author=author,
        time=time,
        helper=told.helper,
        topic=told.topic,
        text=told.words,
        channel=told.channel,
    )


def plain_text(text: str, head: int = HEAD, tail: int = TAIL) -> str:
    """Without mark-up and without what is quoted; a long text without its middle.

    The time it takes is bounded, whatever the text.
    """
    if len(text) > 2 * LOOKED_AT:
        text = f"{text[:LOOKED_AT]} {text[-LOOKED_AT:]}"
    for opening, closing in (("<blockquote", "</blockquote>"), ("[quote", "[/quote]")):
        text = _without(text, opening, closing)
    text = html.unescape(_TAG.sub(" ", text))
    unquoted = (line for line in text.splitlines() if not line.lstrip().startswith(">"))
    plain = _SPACE.sub(" ", " ".join(unquoted)).strip()
    return plain if len(plain) <= head + tail else f"{plain[:head]} … {plain[-tail:]}"


def _without(text: str, opening: str, closing: str) -> str:
    """Up to each `opening`, and on after its `closing`, which may be missing at the end."""
    kept = []
    start = 0
    while (found := text.find(opening, start)) >= 0:
        kept.append(text[start:found])
        end = text.find(closing, found)
        start = len(text) if end < 0 else end + len(closing)
    return " ".join([*kept, text[start:]])
