"""What came back of a message: it could not be delivered, or its reader wants no more."""

import re
from dataclasses import dataclass
from typing import Literal

from shared.links import PreferencesLink
from shared.programme.channel_rules import BounceKind

Kind = BounceKind

_MESSAGE = re.compile(r"(?:^|[<+\s])([0-9a-f]{32})(?=$|[@>\s])", re.IGNORECASE)
_LONGEST = 1000
_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")
_BASIC = re.compile(r"(?<![\d.])([45])(\d)(\d)(?![\d.])")
_OF_THE_MESSAGE = frozenset(("1.7", "1.8", "2.2", "2.3", "3.4"))
"""A wrong sender, a full mailbox, a message that is too long: another one may arrive."""
_ABOUT_THE_MESSAGE = frozenset(("5", "6", "7"))
"""Protocol, content and policy (RFC 3463, section 3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What somebody tells of a message. It is about the first of `messages` (ids) and of `links`
    that is known here; `addresses` are those that it names, of the kind that a customer has them
    by (None: of the message's channel). `code` is the server's own, such as 5.1.1, `time` (ms) when
    it said so. Only of a `trusted` teller are addresses believed.
    """

    kind: Kind
    messages: tuple[str, ...] = ()
    links: tuple[PreferencesLink, ...] = ()
    addresses: tuple[tuple[str | None, str], ...] = ()
    code: str | None = None
    time: int | None = None
    trusted: bool = False


def message_ids(text: str) -> tuple[str, ...]:
    """The ids of messages in what they are sent under: an id itself, `<id@domain>` with or without
    its brackets, `mailbox+id@domain`."""
    return tuple(dict.fromkeys(found.lower() for found in _MESSAGE.findall(text[:_LONGEST])))


def failure(action: str, status: str, diagnosis: str) -> tuple[Literal["hard", "soft"], str] | None:
    """What fields of a delivery status (RFC 3464, section 2.3) say, with the code; None where
    nothing failed. Some servers say no more than 5.0.0 there, and the rest in the diagnosis."""
    said = action.strip().lower()
    if said.startswith(("delivered", "relayed", "expanded")):
        return None
    code = _code(status, diagnosis)
    if said.startswith("delayed"):
        return "soft", code or "delayed"
    if code is None:
        return ("soft", "failed") if said.startswith("failed") else None
    if code.startswith("2"):
        return None
    return ("hard" if is_hard(code) else "soft"), code


def is_hard(code: str) -> bool:
    """Whether an enhanced status code (RFC 3463) says that the address itself is of no use: every
    permanent failure but those that the message or a policy is to blame for."""
    kind, _, detail = code.partition(".")
    subject = detail.partition(".")[0]
    return kind == "5" and detail not in _OF_THE_MESSAGE and subject not in _ABOUT_THE_MESSAGE


def _code(status: str, diagnosis: str) -> str | None:
    found = _ENHANCED.search(status)
    if found is None or found[0].endswith(".0.0"):
        found = _ENHANCED.search(diagnosis) or found
    if found is not None:
        return found[0]
    basic = _BASIC.search(diagnosis)
    if basic is None:
        return None
    return f"{basic[1]}.2.2" if basic[0][1:] == "52" else f"{basic[1]}.0.0"
