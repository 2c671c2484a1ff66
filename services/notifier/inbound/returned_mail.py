"""A mail that came back, read: RFC 3464 delivery status, RFC 5965 complaint, unsubscription.

Anybody can send such a mail, so nothing in it is taken for granted, and nothing makes it raise.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message as Mail
from email.parser import BytesParser, HeaderParser
from urllib.parse import unquote

from services.notifier.domain.returned import Returned, failure
from shared.errors import Invalid
from shared.links import LinkInvalid, PreferencesLink

MOST_PARTS = 64
_LONGEST = 100_000
_ID = "([0-9a-f]{32})"
_TAG = re.compile(rf"\+{_ID}@", re.IGNORECASE)
"""Our mailboxes are tagged with the id of the message."""
_UNSUBSCRIBE = re.compile(rf"\bunsubscribe(?:\+{_ID})?@", re.IGNORECASE)
_MESSAGE_ID = re.compile(rf"<{_ID}@", re.IGNORECASE)
_TOKEN = re.compile(r"(?<![A-Za-z0-9._-])\.?[A-Za-z0-9_-]{4,4000}\.[A-Za-z0-9_-]{20,64}")
_ADDRESS = re.compile(r"[^\s<>;,\"()]{1,200}@[^\s<>;,\"()@]{1,253}")
_TO = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To")
_COMPLAINTS = frozenset(("abuse", "fraud", "virus", "other", "complaint"))


@dataclass(frozen=True, slots=True)
class Ignored:
    """It says nothing of a message; `reason` in a few words."""

    reason: str


def read_mail(
    raw: bytes, recipient: str, read_link: Callable[[str], PreferencesLink]
) -> Returned | Ignored:
    """What a mail says, sent to `recipient` as far as that is known ("" if not). `read_link` reads
    the token of a link to the preference page, or raises LinkInvalid."""
    if len(re.findall(rb"(?i)(?:multipart|message)/", raw, re.IGNORECASE)) > MOST_PARTS:
        return Ignored("too many parts")
    try:
        mail = BytesParser().parsebytes(raw)
        return _Reader(mail, recipient[:1000], read_link).read()
    except (MessageError, ValueError, LookupError, RecursionError, AttributeError, TypeError):
        # The library's own ways of saying that it can't make sense of something.
        return Ignored("not a mail that can be read")


class _Reader:
    def __init__(
        self, mail: Mail, recipient: str, read_link: Callable[[str], PreferencesLink]
    ) -> None:
        self._mail = mail
        self._read_link = read_link
        self._to = " ".join((recipient, *(one for name in _TO for one in _values(mail, name))))
        self._parts = [mail] if not mail.is_multipart() else _children(mail)

    def read(self) -> Returned | Ignored:
        subject = _text(self._mail, "Subject").strip()
        links = self._links(subject)
        says_so = _UNSUBSCRIBE.search(self._to) or subject.lower().startswith("unsubscribe")
        if links or says_so:
            return _unsubscribed(links)
        for part in self._parts:
            match part.get_content_type():
                case "message/delivery-status" | "message/global-delivery-status":
                    return self._not_delivered(part)
                case "message/feedback-report":
                    return self._complained(part)
        if _text(self._mail, "Auto-Submitted").strip().lower() not in ("", "no"):
            return Ignored("an automatic reply")
        return Ignored("no report of a delivery")

    def _not_delivered(self, part: Mail) -> Returned | Ignored:
        found: list[tuple[str, str, str]] = []
        for block in _blocks(part):
            names = ("Action", "Status", "Diagnostic-Code")
            action, status, diagnosis = (_text(block, name) for name in names)
            failed = failure(action, status, diagnosis) if action or status else None
            if failed is not None:
                found.append((*failed, _address(block, "Final-Recipient", "Original-Recipient")))
        if not found:
            return Ignored("nothing failed")
        kind, code, _ = min(found)  # "hard" comes before "soft"
        messages, links = self._about()
        return Returned(
            kind="hard" if kind == "hard" else "soft",
            messages=messages,
            links=links,
            addresses=tuple(("email", who) for one, _, who in found if who and one == kind),
            code=code,
        )

    def _complained(self, part: Mail) -> Returned | Ignored:
        report = next(iter(_children(part)), part)
        kind = _text(report, "Feedback-Type").strip().lower()
        messages, links = self._about(_text(report, "Original-Mail-From"))
        address = _address(report, "Original-Rcpt-To", "Removal-Recipient")
        if kind in ("opt-out", "opt-out-list"):
            return _unsubscribed(links)
        if kind not in _COMPLAINTS:
            return Ignored("no complaint")
        return Returned(
            kind="complaint",
            messages=messages,
            links=links,
            addresses=(("email", address),) if address else (),
            code=kind,
        )

    def _about(self, more: str = "") -> tuple[tuple[str, ...], tuple[PreferencesLink, ...]]:
        """Ids of messages and links, the surest first: where the mail was sent to, then what is
        quoted of the message."""
        quoted = next((one for part in self._parts if (one := _quoted(part))), None)
        ids = [*_found(_TAG, f"{self._to} {more}")]
        links: tuple[PreferencesLink, ...] = ()
        if quoted is not None:
            unsubscribe = _text(quoted, "List-Unsubscribe")
            links = self._links(unsubscribe)
            ids += _found(_TAG, f"{_text(quoted, 'Return-Path')} {unsubscribe}")
            ids += _found(_MESSAGE_ID, _text(quoted, "Message-ID"))
        for name in ("In-Reply-To", "References", "X-Failed-Message-ID"):
            ids += _found(_MESSAGE_ID, _text(self._mail, name))
        return tuple(dict.fromkeys(ids))[:20], links

    def _links(self, text: str) -> tuple[PreferencesLink, ...]:
        found: list[PreferencesLink] = []
        # A link's path ends where its token begins.
        for token in _TOKEN.findall(re.sub("[/=]", " ", unquote(text)))[:20]:
            try:
                found.append(self._read_link(token))
            except (LinkInvalid, Invalid):
                continue
        return tuple(dict.fromkeys(found))


def _unsubscribed(links: tuple[PreferencesLink, ...]) -> Returned | Ignored:
    """The id of a message does not do: others than its reader know it."""
    if not links:
        return Ignored("no link of ours says whose messages are to stop")
    return Returned(kind="unsubscribe", links=links)


def _quoted(part: Mail) -> Mail | None:
    """The headers of the message that a report is about."""
    match part.get_content_type():
        case "message/rfc822" | "message/global":
            return next(iter(_children(part)), None)
        case "text/rfc822-headers" | "message/global-headers" | "text/rfc822":
            if part.is_multipart():
                return next(iter(_children(part)), None)
            return HeaderParser().parsestr(_content(part))
    return None


def _blocks(status: Mail) -> Sequence[Mail]:
    """The groups of fields of a delivery status; of RFC 6533's the parser knows the first only."""
    blocks = _children(status)
    if status.get_content_type() == "message/delivery-status" or not blocks:
        return blocks
    texts = re.split(r"\r?\n\s*\r?\n", _content(blocks[0]))[:MOST_PARTS]
    return [*blocks, *(HeaderParser().parsestr(text.lstrip()) for text in texts)]


def _content(part: Mail) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _children(mail: Mail) -> Sequence[Mail]:
    payload = mail.get_payload()
    return [one for one in payload if isinstance(one, Mail)] if isinstance(payload, list) else []


def _values(mail: Mail, name: str) -> Iterator[str]:
    """Each header of this name on one line, decoded where it can be (RFC 2047)."""
    found = [value for key, value in mail.raw_items() if key.lower() == name.lower()]
    for value in found[:20]:
        # RFC 6532 allows UTF-8, which the parser keeps as surrogates.
        text = str(value)[:_LONGEST].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        with suppress(MessageError, ValueError, LookupError):  # else as it was sent
            text = str(make_header(decode_header(text)))
        yield " ".join(text.split())


def _text(mail: Mail, name: str) -> str:
    return next(_values(mail, name), "")


def _found(pattern: re.Pattern[str], text: str) -> list[str]:
    return [one.lower() for one in pattern.findall(text)]


def _address(block: Mail, *names: str) -> str:
    """Of `rfc822; user@example.org`; "" where there is none."""
    found = (_ADDRESS.search(_text(block, name).rpartition(";")[2]) for name in names)
    return next((one[0] for one in found if one), "")
