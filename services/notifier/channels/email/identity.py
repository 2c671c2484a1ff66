"""In whose name mails go, and where answers to them come."""

from collections.abc import Callable
from dataclasses import dataclass
from email.headerregistry import Address
from typing import TypeVar

from services.notifier.channels.email.address import read_mailbox, read_sender
from shared.config import Settings
from shared.errors import Invalid

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Identity:
    """`reply_to` and `bounces` are tagged with the id of the message; `unsubscribe` gets mails
    whose subject is the token of a preference page."""

    sender: Address
    reply_to: Address | None = None
    bounces: Address | None = None
    unsubscribe: Address | None = None


def read_identity(settings: Settings) -> Identity:
    """Raises Invalid, which names the setting."""
    return Identity(
        sender=_read(read_sender, settings.mail_from, "REQUITE_MAIL_FROM"),
        reply_to=_optional(read_mailbox, settings.mail_reply_to, "REQUITE_MAIL_REPLY_TO"),
        bounces=_optional(read_mailbox, settings.mail_bounces, "REQUITE_MAIL_BOUNCES"),
        unsubscribe=_optional(read_sender, settings.mail_unsubscribe, "REQUITE_MAIL_UNSUBSCRIBE"),
    )


def _optional(read: Callable[[str], Read], text: str | None, setting: str) -> Read | None:
    return _read(read, text, setting) if text else None


def _read(read: Callable[[str], Read], text: str, setting: str) -> Read:
    try:
        return read(text)
    except Invalid as fault:
        raise Invalid(f"{setting}: {fault.reason}") from None
