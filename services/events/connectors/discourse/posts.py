"""Posts of a forum, and the solutions among them."""

from services.events.connectors.act import told, utc
from services.events.connectors.community import Thread, withdrawal
from services.events.connectors.discourse.people import account_alias
from services.events.connectors.discourse.wire import REGULAR_POST, Post
from services.events.connectors.port import Reading
from services.events.domain.identity import Link, make_alias
from shared.webhooks.delivery import Delivery


def read_new_post(source: str, post: Post, delivery: Delivery) -> Reading:
    """The act of writing it. The first post of a topic says who asks there."""
    author = _author(source, post)
    if author is None:
        return Reading(ignored=_not_read(post))
    thread, instance = _thread(source, post), _instance(delivery)
    links = (Link(thread.asker, author),) if post.post_number == 1 else ()
    act = thread.post(
        f"post-{post.id}",
        _content_id(post.topic_id, post.post_number),
        author,
        utc(post.created_at, "/post/created_at"),
        post.raw,
        in_reply_to=_parent(post),
        author_of_parent=_author_of_parent(source, post, thread),
        url=f"{instance}/t/{post.topic_id}/{post.post_number}" if instance else None,
        staff=post.staff or None,
    )
    return Reading(links=links, acts=(act,))


def read_deleted_post(source: str, post: Post, delivery: Delivery) -> Reading:
    """What was written is taken back."""
    author = _author(source, post)
    if author is None:
        return Reading(ignored=_not_read(post))
    time = told(delivery.received_at)
    return Reading(acts=(withdrawal(source, f"post-{post.id}", author, time, "deleted"),))


def read_solution(source: str, post: Post, delivery: Delivery, *, accepted: bool) -> Reading:
    """Whoever began the topic was helped by the author of the post, or no longer was.

    The platform says neither who asked nor when the solution was accepted, so that it happens on
    receipt. A post counts as a
    solution once: one that is accepted again after it was not is the same act.
    """
    helper = _author(source, post)
    if helper is None:
        return Reading(ignored=_not_read(post))
    thread, act_id = _thread(source, post), f"help-{post.id}"
    time = told(delivery.received_at)
    if not accepted:
        return Reading(acts=(thread.no_longer_accepted(act_id, time),))
    content_id = _content_id(post.topic_id, post.post_number)
    staff = post.staff or None
    return Reading(acts=(thread.accepted(act_id, content_id, helper, time, staff=staff),))


def _content_id(topic_id: int, post_number: int) -> str:
    """Replies name the post that they answer by its number, so acts name posts that way."""
    return f"{topic_id}/{post_number}"


def _thread(source: str, post: Post) -> Thread:
    topic = str(post.topic_id)
    return Thread(source, topic, make_alias("discourse-topic", source, topic), post.topic_title)


def _author(source: str, post: Post) -> str | None:
    if post.user_id is None or post.user_id < 1 or _not_public(post):
        return None
    return account_alias(source, post.user_id)


def _not_public(post: Post) -> bool:
    return post.post_type != REGULAR_POST or post.topic_archetype == "private_message"


def _not_read(post: Post) -> str:
    return "no post for all to read" if _not_public(post) else "a post without a person"


def _parent(post: Post) -> str | None:
    """A reply that names no post answers the first."""
    if post.post_number == 1:
        return None
    return _content_id(post.topic_id, post.reply_to_post_number or 1)


def _author_of_parent(source: str, post: Post, thread: Thread) -> str | None:
    if post.post_number == 1:
        return None
    if (post.reply_to_post_number or 1) == 1:
        return thread.asker
    user = post.reply_to_user
    return account_alias(source, user.id) if user and user.id and user.id > 0 else None


def _instance(delivery: Delivery) -> str:
    """The forum's address, empty where the header holds none."""
    address = delivery.headers.get("x-discourse-instance", "")
    return address.rstrip("/") if address.startswith(("https://", "http://")) else ""
