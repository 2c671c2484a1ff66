"""Acts, whatever their type: their names, and what holds for every event of requite.acts.v1.

What each type says is in the programme's acts/ and checked by `catalogue.Catalogue`.
"""

from datetime import UTC, datetime
from functools import lru_cache

from shared.contracts.cloudevents import CloudEvent
from shared.errors import Invalid

PREFIX = "io.requite.act."

MAX_ACT_BYTES = 480_000
"""Others repeat an act in what they say about it, which must fit into a record too."""
MAX_ID = 500
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
"""An act before it is an error, and may lie before the first day that can be written in UTC."""

CHANNELS = ("web", "app", "shop", "phone", "community", "social")

PURCHASE = f"{PREFIX}purchase.v1"
REFUND = f"{PREFIX}refund.v1"
COMPLAINT = f"{PREFIX}complaint.v1"
CANCELLATION = f"{PREFIX}cancellation.v1"
WITHDRAWAL = f"{PREFIX}withdrawal.v1"
REFERRAL = f"{PREFIX}referral.v1"
WELCOME = f"{PREFIX}welcome.v1"
HELP = f"{PREFIX}help.v1"
HELP_RECEIVED = f"{PREFIX}help_received.v1"
USER_CONTENT = f"{PREFIX}user_content.v1"
SIGN_UP = f"{PREFIX}sign_up.v1"


def check_ids(event: CloudEvent) -> None:
    """On the topic an act has an id and a source of at most MAX_ID characters, and its subject is
    a customer's own id. Raises Invalid."""
    if len(event.id) > MAX_ID or len(event.source) > MAX_ID:
        name = "id" if len(event.id) > MAX_ID else "source"
        raise Invalid(f"longer than {MAX_ID} characters", f"/{name}")
    if event.subject is not None:
        _check_customer(event.subject)


@lru_cache(maxsize=65536)
def _check_customer(subject: str) -> None:
    if len(subject) > 200 or not subject.isprintable() or "@" in subject:
        raise Invalid("not a customer's id", "/subject")
    if ":" in subject:
        raise Invalid("an alias: events knows whose it is, so send the act there", "/subject")


def check_beginning(instant: datetime, opened: datetime | None) -> None:
    """Raise Invalid for what lies before there were acts, or before the shop `opened`."""
    if instant < EARLIEST:
        raise Invalid("lies before 1970", "/time")
    if opened is not None and instant < opened:
        raise Invalid("lies before the day that the shop opened on, by programme.yaml", "/time")


def check_size(event: CloudEvent) -> None:
    """Raise Invalid for an act that is larger than MAX_ACT_BYTES, four to a character."""
    texts = len(event.id) + len(event.source) + len(event.time or "") + len(event.subject or "")
    texts += len(event.datacontenttype or "") + len(event.dataschema or "")
    if event.extensions:
        texts += sum(len(name) + len(str(value)) for name, value in event.extensions.items())
    if 4 * texts + len(event.data or b"") > MAX_ACT_BYTES:
        raise Invalid(f"an act has at most {MAX_ACT_BYTES} bytes")


def short_name(event_type: str) -> str:
    """`io.requite.act.help.v1` -> `help`; any other type as it stands."""
    if event_type.startswith(PREFIX):
        return event_type[len(PREFIX) :].rsplit(".", 1)[0]
    return event_type
