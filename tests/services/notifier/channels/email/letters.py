"""Letters to be mailed."""

from datetime import UTC, datetime

from services.notifier.channels.email.address import read_mailbox, read_sender
from services.notifier.channels.email.identity import Identity
from services.notifier.domain.message import Text
from services.notifier.ports.channels import Letter

SENDER = read_sender("The Corner Shop <thanks@shop.example>")
IDENTITY = Identity(SENDER)
REACHABLE = Identity(
    SENDER,
    reply_to=read_mailbox("replies@shop.example"),
    bounces=read_mailbox("bounces@shop.example"),
    unsubscribe=read_sender("stop@shop.example"),
)
ID = "0" * 32


def make_letter(
    id: str = ID,
    *,
    to: str = "ada@example.org",
    name: str | None = "Ada",
    subject: str = "Thank you",
    body: str = "You are kind.\n",
    html: str | None = None,
    language: str = "en-GB",
    url: str = "https://shop.example/u/t0ken",
) -> Letter:
    """A letter to Ada."""
    return Letter(
        id=id,
        customer="c-1",
        to=to,
        name=name,
        text=Text(subject, body, language, html),
        purpose="thanks",
        time=datetime(2026, 3, 1, 12, tzinfo=UTC),
        preferences_url=url,
    )
