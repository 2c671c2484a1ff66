"""Discussions, comments and answers as acts of their authors.

`received` is when what has no time of its own happens.
"""

from services.events.connectors.act import utc
from services.events.connectors.community import Thread, withdrawal
from services.events.connectors.github.wire import CommentEvent, Discussion, DiscussionEvent, User
from services.events.connectors.port import Reading
from services.events.domain.identity import make_alias
from shared.errors import Invalid

_NOBODY = Reading(ignored="a bot, or an account that is gone")


def read_created(source: str, event: DiscussionEvent, received: str) -> Reading:
    """Somebody began a discussion."""
    discussion = event.discussion
    author = _person(source, discussion.user)
    if author is None:
        return _NOBODY
    act = _thread(source, discussion, author).post(
        _key(discussion),
        _key(discussion),
        author,
        utc(discussion.created_at, "/discussion/created_at"),
        discussion.body or "",
        url=discussion.html_url,
    )
    return Reading(acts=(act,))


def read_deleted(source: str, event: DiscussionEvent, received: str) -> Reading:
    """A discussion was deleted; with what stands in it."""
    discussion = event.discussion
    author = _person(source, discussion.user)
    if author is None:
        return _NOBODY
    return Reading(acts=(withdrawal(source, _key(discussion), author, received, "deleted"),))


def read_answered(source: str, event: DiscussionEvent, received: str) -> Reading:
    """An answer was chosen: it helped whoever began the discussion."""
    discussion, answer = event.discussion, event.answer
    if answer is None:
        raise Invalid("missing", "/answer")
    asker, helper = _person(source, discussion.user), _person(source, answer.user)
    if asker is None or helper is None:
        return _NOBODY
    chosen_at = discussion.answer_chosen_at
    act = _thread(source, discussion, asker).accepted(
        f"help-{answer.id}",
        f"comment-{answer.id}",
        helper,
        utc(chosen_at, "/discussion/answer_chosen_at") if chosen_at else received,
        chosen_by=_person(source, discussion.answer_chosen_by),
    )
    return Reading(acts=(act,))


def read_unanswered(source: str, event: DiscussionEvent, received: str) -> Reading:
    """The answer is chosen no longer. One that is chosen again later is the same act, so it stays
    taken back: this delivery does not say which choice it takes back."""
    discussion, answer = event.discussion, event.old_answer
    if answer is None:
        raise Invalid("missing", "/old_answer")
    asker = _person(source, discussion.user)
    if asker is None or _person(source, answer.user) is None:
        return _NOBODY
    thread = _thread(source, discussion, asker)
    return Reading(acts=(thread.no_longer_accepted(f"help-{answer.id}", received),))


def read_comment(source: str, event: CommentEvent, received: str) -> Reading:
    """Somebody wrote in a discussion."""
    comment, discussion = event.comment, event.discussion
    author = _person(source, comment.user)
    if author is None:
        return _NOBODY
    asker, parent = _person(source, discussion.user), comment.parent_id
    act = _thread(source, discussion, asker or author).post(
        f"comment-{comment.id}",
        f"comment-{comment.id}",
        author,
        utc(comment.created_at, "/comment/created_at"),
        comment.body or "",
        in_reply_to=_key(discussion) if parent is None else f"comment-{parent}",
        author_of_parent=asker if parent is None else None,
        url=comment.html_url,
    )
    return Reading(acts=(act,))


def read_deleted_comment(source: str, event: CommentEvent, received: str) -> Reading:
    """A comment was deleted."""
    author = _person(source, event.comment.user)
    if author is None:
        return _NOBODY
    act_id = f"comment-{event.comment.id}"
    return Reading(acts=(withdrawal(source, act_id, author, received, "deleted"),))


def _thread(source: str, discussion: Discussion, asker: str) -> Thread:
    return Thread(source, _key(discussion), asker, discussion.title)


def _key(discussion: Discussion) -> str:
    return f"discussion-{discussion.id}"


def _person(source: str, user: User | None) -> str | None:
    if user is None or user.type != "User":
        return None
    return make_alias("github", source, str(user.id))
