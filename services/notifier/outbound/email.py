"""A mail in the format of RFC 5322: plain text, marked as sent by a machine (RFC 3834)."""

import unicodedata
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import parseaddr

from services.notifier.ports import Mail
from shared.errors import Invalid


def read_sender(text: str) -> Address:
    """The sender from `Name <mailbox@domain>` or `mailbox@domain`. Raises Invalid."""
    name, mailbox = parseaddr(text)
    return read_address(mailbox, name)


def read_address(mailbox: str, name: str | None = None) -> Address:
    """One address, its domain in ASCII (IDNA). Raises Invalid, never with the address in it.

    Control characters in `name`, which could begin a header of their own, become spaces.
    """
    if any(unicodedata.category(char)[0] in "CZ" for char in mailbox):
        raise Invalid("an address holds no space and no control character")
    try:
        given = Address(addr_spec=mailbox)
        domain = given.domain.encode("idna").decode("ascii")
    except (MessageError, ValueError, IndexError, AttributeError):
        raise Invalid("not an e-mail address") from None
    if not given.username or not domain:
        raise Invalid("not an e-mail address")
    return Address(_one_line(name or ""), given.username, domain)


def compose(mail: Mail, sender: Address) -> EmailMessage:
    """The mail to hand over; its Message-ID is the same for every attempt. Raises Invalid."""
    to = read_address(mail.to, mail.name)
    message = EmailMessage(policy=SMTP if to.username.isascii() else SMTPUTF8)
    message["From"] = sender
    message["To"] = to
    message["Subject"] = _one_line(mail.text.subject)
    message["Date"] = mail.time
    message["Message-ID"] = f"<{mail.id}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = mail.text.language
    message.set_content(mail.text.body, charset="utf-8", cte="quoted-printable")
    return message


def _one_line(text: str) -> str:
    """Without the categories that end lines or can't be encoded."""
    kept = (" " if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} else c for c in text)
    return " ".join("".join(kept).split())
