"""A mail in the format of RFC 5322: plain text, marked as sent by a machine (RFC 3834)."""

import re
import unicodedata
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import parseaddr

from services.notifier.ports import Mail
from shared.errors import Invalid

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u00a1-\uffff\U00010000-\U0010ffff-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")


def read_sender(text: str) -> Address:
    """The sender from `Name <mailbox@domain>` or `mailbox@domain`. Raises Invalid."""
    name, mailbox = parseaddr(text)
    return read_address(mailbox, name)


def read_address(mailbox: str, name: str | None = None) -> Address:
    """One address, its domain in ASCII (IDNA). Raises Invalid, never with the address in it.

    The local part is a dot-atom (RFC 5322, section 3.2.3), other than ASCII too (RFC 6531).
    Control characters in `name`, which could begin a header of their own, become spaces.
    """
    local, _, domain = mailbox.rpartition("@")
    unprintable = any(unicodedata.category(char)[0] in "CZ" for char in mailbox)
    try:
        ascii_domain = domain.encode("idna").decode("ascii")
        fits = len(local.encode()) <= 64 and len(ascii_domain) <= 253
    except UnicodeError:
        fits = False
    if (
        unprintable
        or not fits
        or not _LOCAL.fullmatch(local)
        or not _DOMAIN.fullmatch(ascii_domain)
    ):
        raise Invalid("not an e-mail address")
    return Address(_one_line(name or ""), local, ascii_domain)


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
    message.set_content(mail.text.body, charset="utf-8", cte="quoted-printable")
    message["Content-Language"] = mail.text.language
    return message


def _one_line(text: str) -> str:
    """Without the categories that end lines or can't be encoded."""
    kept = (" " if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} else c for c in text)
    return " ".join("".join(kept).split())
