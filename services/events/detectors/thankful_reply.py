"""In a thread of two, whoever is thanked has probably helped.

The Savannah heuristic (see word_list): exactly two people, a reply that thanks or says that it
worked, one point less where staff thanks. Who answered an accepted question is credited already.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.events.detectors.hidden_act import hidden_act
from services.events.detectors.port import Finding, Retraction, Who
from services.events.detectors.text_analysis import Reading, TextAnalysis
from services.events.domain.thread import Entry, Thread
from shared.contracts.cloudevents import CloudEvent

STAFF_FACTOR = 2**0.5
"""One point of the score, in terms of what is missing to certainty."""


@dataclass(frozen=True, slots=True)
class _Thanks:
    post: Entry
    reading: Reading
    confidence: float


@dataclass(frozen=True, slots=True)
class ThankfulReply:
    """One finding for each of the two at most: of their posts the one that thanks most."""

    texts: TextAnalysis
    name: str = "thankful_reply"
    kinds: frozenset[str] = frozenset()

    def look_at_act(self, act: CloudEvent, who: Who) -> Iterable[Finding | Retraction]:
        return ()

    def look_at_thread(self, thread: Thread, who: Who) -> Iterable[Finding | Retraction]:
        posts = thread.posts
        people = {who(post.author) for post in posts}
        if len(people) < 2:
            return
        first_posts = {who(post.author): post for post in reversed(posts)}
        replies = [post for post in posts if post is not posts[0]]
        credited = any(one.id not in thread.withdrawn for one in thread.accepted)
        if len(people) > 2 or thread.is_full or credited:
            reason = "an answer was accepted" if credited else "not two people any more"
            yield from (self._lapsed(one.post, reason) for one in self._thankful(replies))
            return
        for person in sorted(people):
            (other,) = people - {person}
            own = [
                post
                for post in replies
                if who(post.author) == person and post.time >= first_posts[other].time
            ]
            yield from self._of_person(own, first_posts[other], person, other)

    def _of_person(
        self, replies: list[Entry], helping: Entry, person: str, other: str
    ) -> Iterator[Finding | Retraction]:
        thanks = self._thankful(replies)
        if not thanks:
            return
        most = max(thanks, key=lambda one: one.confidence)
        yield from (self._lapsed(one.post, "thanked better") for one in thanks if one is not most)
        yield self._finding(most, helping, person, other)

    def _thankful(self, replies: Iterable[Entry]) -> list[_Thanks]:
        return [one for one in map(self._read, replies) if one.confidence > 0]

    def _read(self, post: Entry) -> _Thanks:
        reading = self.texts.read(post.text, post.language)
        doubt = (1 - reading.gratitude) * (STAFF_FACTOR if post.staff else 1)
        return _Thanks(post, reading, max(0.0, 1 - doubt))

    def _finding(self, thanks: _Thanks, helping: Entry, thanker: str, helper: str) -> Finding:
        post = thanks.post
        data = {
            "helped": thanker,
            "thread_id": post.thread_id,
            "words": post.text,
            "channel": post.channel,
        }
        act = hidden_act("help", _help_id(post), post.source, helper, post.time, data)
        evidence = {
            "thanked_by": thanker,
            "thanked": helper,
            "thread_id": post.thread_id,
            "content_id": post.content_id,
            "in_reply_to": helping.content_id,
            "words": post.text,
            "thankful": list(thanks.reading.thankful),
            "doubtful": list(thanks.reading.doubtful),
            "staff": post.staff,
        }
        return Finding(self.name, act, round(thanks.confidence, 4), evidence, (helper, thanker))

    def _lapsed(self, post: Entry, reason: str) -> Retraction:
        return Retraction(self.name, post.source, _help_id(post), reason, only_open=True)


def _help_id(post: Entry) -> str:
    """By the post that thanks: the one that helped is not known for sure."""
    return f"help-thanked-{post.content_id}"
