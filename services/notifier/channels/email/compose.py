"""A mail in the format of RFC 5322 and MIME: plain text, and the same as HTML, marked as sent by a
machine (RFC 3834), with a way out that mail programs know (RFC 2369, RFC 8058).

Put together by hand: `email.message` takes ten times as long, and folds long URLs into encoded
words, which no mail program follows.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.header import Header
from email.headerregistry import Address
from email.utils import format_datetime
from urllib.parse import quote

from services.notifier.channels.email.address import one_line, read_address, tagged
from services.notifier.channels.email.identity import Identity
from services.notifier.domain.message import Text
from services.notifier.ports.channels import Letter

_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_LANGUAGE = re.compile(r"[A-Za-z0-9-]{1,64}")
_URL = re.compile(r"https?://[!#-;=?-~]{1,900}")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/^_`{|}~-]+)*")
_ASCII = re.compile(r"[ -~]*")
_NEWLINE = re.compile(r"\r\n|\r|\n")
_LONGEST_PLAIN = 64


@dataclass(frozen=True, slots=True)
class Mail:
    """`sender` and `to` are the envelope's (RFC 5321): `sender` gets what can't be delivered.
    `content` ends with CRLF; its lines have at most 998 bytes."""

    id: str
    sender: str
    to: Address
    content: bytes

    @property
    def is_international(self) -> bool:
        """Whether it needs a server that takes addresses in UTF-8 (RFC 6531)."""
        return not self.to.username.isascii()


def compose(letter: Letter, identity: Identity) -> Mail:
    """The mail to hand over, the same for every attempt. Raises Invalid for its address, and
    ValueError for an id that no message has."""
    if not _ID.fullmatch(letter.id):
        raise ValueError("not the id of a message")
    to = read_address(letter.to, letter.name)
    headers = "".join(f"{name}: {value}\r\n" for name, value in _headers(letter, to, identity))
    sender = identity.sender.addr_spec
    return Mail(
        id=letter.id,
        sender=tagged(identity.bounces, letter.id) if identity.bounces else sender,
        to=to,
        content=headers.encode() + _content(letter.text, f"=_{letter.id}"),
    )


def _headers(letter: Letter, to: Address, identity: Identity) -> Iterator[tuple[str, str]]:
    yield "From", _mailbox("From", identity.sender)
    yield "To", _mailbox("To", to)
    if identity.reply_to:
        yield "Reply-To", tagged(identity.reply_to, letter.id)
    yield "Subject", _unstructured("Subject", one_line(letter.text.subject))
    yield "Date", format_datetime(letter.time)
    yield "Message-ID", f"<{letter.id}@{identity.sender.domain}>"
    yield "Auto-Submitted", "auto-generated"
    if _LANGUAGE.fullmatch(letter.text.language):
        yield "Content-Language", letter.text.language
    if _URL.fullmatch(letter.preferences_url):
        yield from _ways_out(letter.preferences_url, identity.unsubscribe)
    yield "MIME-Version", "1.0"


def _ways_out(url: str, unsubscribe: Address | None) -> Iterator[tuple[str, str]]:
    ways = [f"<{url}>"]
    _, slash, token = url.partition("://")[2].rpartition("/")
    if unsubscribe and slash and token:
        # `%` and the like in a mailbox would be read as part of the URL (RFC 6068, section 2).
        mailbox = f"{quote(unsubscribe.username, safe='+')}@{unsubscribe.domain}"
        ways.append(f"<mailto:{mailbox}?subject={quote(token, safe='%')}>")
    yield "List-Unsubscribe", ",\r\n ".join(ways)
    if url.startswith("https:"):
        yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"


def _mailbox(header: str, address: Address) -> str:
    name = address.display_name
    if not name:
        return address.addr_spec
    if len(name) <= _LONGEST_PLAIN and _ATOMS.fullmatch(name):
        return f"{name} <{address.addr_spec}>"
    return f"{_encoded(header, name)}\r\n <{address.addr_spec}>"


def _unstructured(header: str, text: str) -> str:
    is_plain = len(text) <= _LONGEST_PLAIN and _ASCII.fullmatch(text) and "=?" not in text
    return text if is_plain else _encoded(header, text)


def _encoded(header: str, text: str) -> str:
    """Encoded words (RFC 2047), a line each."""
    return Header(text, "utf-8", header_name=header).encode(linesep="\r\n")


def _content(text: Text, boundary: str) -> bytes:
    """The headers that say what the body is, and the body: multipart/alternative, the best last
    (RFC 2046, section 5.1.4).

    No line of quoted-printable text can hold `=_`, so none is taken for the boundary.
    """
    plain = _part("plain", text.body)
    if text.html is None:
        return plain
    mark = boundary.encode()
    return b"".join(
        (
            b'Content-Type: multipart/alternative;\r\n boundary="' + mark + b'"\r\n\r\n',
            b"--" + mark + b"\r\n" + plain + b"\r\n",
            b"--" + mark + b"\r\n" + _part("html", text.html) + b"\r\n",
            b"--" + mark + b"--\r\n",
        )
    )


def _part(subtype: str, text: str) -> bytes:
    return (
        f'Content-Type: text/{subtype}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    ).encode() + _quoted_printable(text)


def _quoted_printable(text: str) -> bytes:
    lines = _NEWLINE.sub("\r\n", text)
    ended = lines if lines.endswith("\r\n") else f"{lines}\r\n"
    return binascii.b2a_qp(ended.encode(errors="replace"), istext=True)
