"""The connector of a Discourse forum."""

from collections.abc import Sequence

from msgspec import Struct

from services.events.connectors.body import JsonBody
from services.events.connectors.discourse.people import read_user
from services.events.connectors.discourse.posts import (
    read_deleted_post,
    read_new_post,
    read_solution,
)
from services.events.connectors.discourse.wire import PostEvent, SolvedEvent, UserEvent
from services.events.connectors.port import Reading
from services.events.connectors.setup import Setup
from shared.errors import Invalid
from shared.webhooks.delivery import Delivery
from shared.webhooks.digests import check_hmac, from_hex, without_prefix

_POST = JsonBody(PostEvent)
_SOLVED = JsonBody(SolvedEvent)
_USER = JsonBody(UserEvent)
_ACCOUNT_EVENTS = frozenset(("user_created", "user_confirmed_email", "user_updated"))
_IGNORED = {
    "ping": "a ping",
    "post_edited": "an edit: the post counts as it was written first",
    "post_recovered": "a deleted post came back: what was taken back stays so",
    "like": "a like is no act",
    "post_liked": "a like is no act",
    "like_created": "a like is no act",
    "user_destroyed": "an account was closed; to forget the person, erase the customer",
}


class Options(Struct, forbid_unknown_fields=True):
    """What a source's file may set. `external_id`: what the ids of single sign-on are, `customer`
    or the beginning of an alias such as `woocommerce:shop`; they mean nothing without it."""

    external_id: str = ""


class Discourse:
    """`X-Discourse-Event-Signature` is `sha256=` and hex over the raw body, which is JSON whatever
    the Content-Type says. Headers name the event; their ids are made anew for each attempt."""

    reads = frozenset(("x-discourse-event", "x-discourse-instance"))

    def __init__(self, setup: Setup) -> None:
        self._source = setup.source
        self._external_id = setup.options_as(Options).external_id

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> None:
        signature = delivery.headers.get("x-discourse-event-signature")
        digest = from_hex(without_prefix(signature, "sha256="))
        check_hmac(delivery.body, [digest], (secret.encode() for secret in secrets))

    def read(self, delivery: Delivery) -> Reading:
        event = delivery.headers.get("x-discourse-event")
        if event is None:
            raise Invalid("no header says which event it is")
        match event:
            case "post_created":
                post = _POST.read(delivery.body).post
                return read_new_post(self._source, post, delivery)
            case "post_destroyed":
                post = _POST.read(delivery.body).post
                return read_deleted_post(self._source, post, delivery)
            case "accepted_solution" | "unaccepted_solution":
                post, accepted = _SOLVED.read(delivery.body).solved, event == "accepted_solution"
                return read_solution(self._source, post, delivery, accepted=accepted)
            case _ if event in _ACCOUNT_EVENTS:
                user = _USER.read(delivery.body).user
                confirmed = event == "user_confirmed_email"
                return read_user(self._source, user, self._external_id, confirmed=confirmed)
            case _:
                return Reading(ignored=_IGNORED.get(event, "an event that is not read"))
