"""The connector of GitHub repositories or an organization of them."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from services.events.connectors.act import told
from services.events.connectors.body import JsonBody
from services.events.connectors.github import discussions
from services.events.connectors.github.wire import Action, CommentEvent, DiscussionEvent
from services.events.connectors.port import Reading
from services.events.connectors.setup import Setup
from shared.errors import Invalid
from shared.webhooks.delivery import Delivery
from shared.webhooks.digests import check_hmac, from_hex, without_prefix

_ACTION = JsonBody(Action)
_DISCUSSION = JsonBody(DiscussionEvent)
_COMMENT = JsonBody(CommentEvent)
_ON_DISCUSSION: Mapping[str, Callable[[str, DiscussionEvent, str], Reading]] = {
    "created": discussions.read_created,
    "deleted": discussions.read_deleted,
    "answered": discussions.read_answered,
    "unanswered": discussions.read_unanswered,
}
_ON_COMMENT: Mapping[str, Callable[[str, CommentEvent, str], Reading]] = {
    "created": discussions.read_comment,
    "deleted": discussions.read_deleted_comment,
}
_IGNORED = {
    "ping": "a ping",
    "star": "a star is no act",
    "watch": "a star is no act",
    "issues": "issues are not read",
    "issue_comment": "issues are not read",
    "sponsorship": "sponsorships are not read",
}
_ACTION_IGNORED = {"edited": "an edit: the post counts as it was written first"}


class Options(Struct, forbid_unknown_fields=True):
    """A source's file sets nothing."""


class GitHub:
    """`X-Hub-Signature-256` is `sha256=` and hex over the raw body. `X-GitHub-Event` names the
    event, the body its action; a redelivery may have a delivery id of its own."""

    reads = frozenset(("x-github-event",))

    def __init__(self, setup: Setup) -> None:
        setup.options_as(Options)
        self._source = setup.source

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> None:
        signature = delivery.headers.get("x-hub-signature-256")
        digest = from_hex(without_prefix(signature, "sha256="))
        check_hmac(delivery.body, [digest], (secret.encode() for secret in secrets))

    def read(self, delivery: Delivery) -> Reading:
        event, body = delivery.headers.get("x-github-event"), delivery.body
        if event is None:
            raise Invalid("no header says which event it is")
        if event not in ("discussion", "discussion_comment"):
            return Reading(ignored=_IGNORED.get(event, "an event that is not read"))
        action, received = _ACTION.read(body).action, told(delivery.received_at)
        if event == "discussion" and action in _ON_DISCUSSION:
            return _ON_DISCUSSION[action](self._source, _DISCUSSION.read(body), received)
        if event == "discussion_comment" and action in _ON_COMMENT:
            return _ON_COMMENT[action](self._source, _COMMENT.read(body), received)
        return Reading(ignored=_ACTION_IGNORED.get(action, "an action that is not read"))
