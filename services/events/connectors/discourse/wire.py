"""What Discourse sends, as far as it is read (WebHookPostSerializer, WebHookUserSerializer)."""

from msgspec import Struct

REGULAR_POST = 1
"""Others are notices of moderators and the forum's own, and whispers among the staff."""


class Account(Struct):
    """Somebody that a post mentions; older versions give the name only."""

    id: int | None = None


class Post(Struct, kw_only=True):
    """A post. `user_id` is null where the account is gone, below 1 for the forum's own."""

    id: int
    user_id: int | None
    topic_id: int
    post_number: int
    created_at: str
    post_type: int = REGULAR_POST
    deleted_at: str | None = None
    raw: str = ""
    topic_title: str | None = None
    topic_archetype: str = "regular"
    reply_to_post_number: int | None = None
    reply_to_user: Account | None = None
    staff: bool = False


class PostEvent(Struct):
    """The body of an event of type `post`."""

    post: Post


class SolvedEvent(Struct):
    """The body of an event of type `solved`: the post that is, or was, the solution."""

    solved: Post


class User(Struct, kw_only=True):
    """An account. The forum sends e-mail address and single sign-on id to webhooks as to admins."""

    id: int
    name: str | None = None
    email: str | None = None
    external_id: str | None = None
    locale: str | None = None
    staged: bool = False


class UserEvent(Struct):
    """The body of an event of type `user`."""

    user: User
