"""Addresses of e-mail (RFC 5322, section 3.4; other scripts: RFC 6531)."""

import re
import unicodedata
from email.headerregistry import Address
from email.utils import parseaddr

from shared.errors import Invalid

TAG_LENGTH = 32
"""Characters of a message's id, with which an address is tagged."""

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u00a1-\uffff\U00010000-\U0010ffff-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_LONGEST_LOCAL = 64
_LONGEST_DOMAIN = 253


def read_address(mailbox: str, name: str | None = None) -> Address:
    """One address, its domain in ASCII (IDNA). Raises Invalid, never with the address in it.

    The local part is a dot-atom, other than ASCII too. What could end a line in `name` becomes a
    space.
    """
    local, _, domain = mailbox.rpartition("@")
    unprintable = any(unicodedata.category(char)[0] in "CZ" for char in mailbox)
    try:
        ascii_domain = domain.encode("idna").decode("ascii")
        fits = len(local.encode()) <= _LONGEST_LOCAL and len(ascii_domain) <= _LONGEST_DOMAIN
    except UnicodeError:
        fits = False
    if (
        unprintable
        or not fits
        or not _LOCAL.fullmatch(local)
        or not _DOMAIN.fullmatch(ascii_domain)
    ):
        raise Invalid("not an e-mail address")
    return Address(one_line(name or ""), local, ascii_domain)


def read_sender(text: str) -> Address:
    """The sender from `Name <mailbox@domain>` or `mailbox@domain`, in ASCII, since every server
    must take it. Raises Invalid."""
    name, mailbox = parseaddr(text)
    sender = read_address(mailbox, name)
    if not sender.username.isascii():
        raise Invalid("the part before @ must be ASCII")
    return sender


def read_mailbox(text: str) -> Address:
    """A mailbox with plus addressing: mail to `name+anything@domain` reaches `name@domain`.

    Raises Invalid where no message's id fits in.
    """
    mailbox = read_sender(text)
    if len(mailbox.username) + 1 + TAG_LENGTH > _LONGEST_LOCAL:
        longest = _LONGEST_LOCAL - 1 - TAG_LENGTH
        raise Invalid(f"the part before @ must leave room for a tag: at most {longest} characters")
    return mailbox


def tagged(mailbox: Address, tag: str) -> str:
    """`name+tag@domain`, so that an answer says what it is an answer to."""
    return f"{mailbox.username}+{tag}@{mailbox.domain}"


def one_line(text: str) -> str:
    """Without what ends lines or can't be encoded."""
    return " ".join(_BREAKS.sub(" ", text).split())
