"""What GitHub sends, as far as it is read (webhook events discussion and discussion_comment)."""

from msgspec import Struct


class User(Struct):
    """An account; `type` is User, Bot, Organization or Mannequin."""

    id: int
    type: str = "User"


class Discussion(Struct, kw_only=True):
    """A discussion; `user` is null where the account is gone."""

    id: int
    number: int
    title: str
    created_at: str
    user: User | None
    html_url: str | None = None
    body: str | None = None
    answer_chosen_at: str | None = None
    answer_chosen_by: User | None = None


class Comment(Struct, kw_only=True):
    """A comment, which may be an answer; `parent_id` is the comment that it replies to."""

    id: int
    created_at: str
    user: User | None
    parent_id: int | None = None
    html_url: str | None = None
    body: str | None = None


class Action(Struct):
    """What every delivery says."""

    action: str


class DiscussionEvent(Struct, kw_only=True):
    """Event `discussion`; `answer` comes with `answered`, `old_answer` with `unanswered`."""

    discussion: Discussion
    answer: Comment | None = None
    old_answer: Comment | None = None


class CommentEvent(Struct):
    """Event `discussion_comment`."""

    comment: Comment
    discussion: Discussion
