"""Mails: complete, the same for every attempt, and proof against smuggled headers."""

from dataclasses import replace
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage, MIMEPart
from email.utils import parseaddr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.notifier.channels.email.address import one_line, read_address, read_sender
from services.notifier.channels.email.compose import compose
from services.notifier.channels.email.identity import Identity
from services.notifier.ports.channels import Letter
from shared.errors import Invalid
from tests.services.notifier.channels.email.letters import ID, IDENTITY, REACHABLE, make_letter

HEADERS = [
    *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Language"),
    *("List-Unsubscribe", "List-Unsubscribe-Post", "MIME-Version", "Content-Type"),
    "Content-Transfer-Encoding",
]
ENCODABLE = st.text(st.characters(exclude_categories=["Cs"]))


def parsed(letter: Letter, identity: Identity = IDENTITY) -> EmailMessage:
    return message_from_bytes(compose(letter, identity).content, policy=policy.default)


def lines(text: str) -> str:
    """As it is read after the wire: every line ended, and by one character."""
    ended = text.replace("\r\n", "\n").replace("\r", "\n")
    return ended if ended.endswith("\n") else f"{ended}\n"


def body(part: MIMEPart) -> str:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode().replace("\r\n", "\n")


def name_of(raw: bytes) -> str:
    """Of the recipient; `email.policy.default` leaves a space between encoded words."""
    phrase, _ = parseaddr(message_from_bytes(raw)["To"])
    return str(make_header(decode_header(phrase)))


def test_a_mail_says_what_it_must() -> None:
    mail = compose(make_letter(), REACHABLE)
    assert mail.content.decode().split("\r\n") == [
        "From: The Corner Shop <thanks@shop.example>",
        "To: Ada <ada@example.org>",
        f"Reply-To: replies+{ID}@shop.example",
        "Subject: Thank you",
        "Date: Sun, 01 Mar 2026 12:00:00 +0000",
        f"Message-ID: <{ID}@shop.example>",
        "Auto-Submitted: auto-generated",
        "Content-Language: en-GB",
        "List-Unsubscribe: <https://shop.example/u/t0ken>,",
        " <mailto:stop@shop.example?subject=t0ken>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "MIME-Version: 1.0",
        'Content-Type: text/plain; charset="utf-8"',
        "Content-Transfer-Encoding: quoted-printable",
        "",
        "You are kind.",
        "",
    ]
    assert mail.sender == f"bounces+{ID}@shop.example"
    assert mail.to.addr_spec == "ada@example.org"


def test_without_mailboxes_of_its_own_answers_come_to_the_sender() -> None:
    mail = compose(make_letter(), IDENTITY)
    assert mail.sender == "thanks@shop.example"
    assert b"Reply-To" not in mail.content
    assert parsed(make_letter())["List-Unsubscribe"] == "<https://shop.example/u/t0ken>"


def test_one_click_needs_https() -> None:
    read = parsed(make_letter(url="http://127.0.0.1:8080/u/t0ken"))
    assert read["List-Unsubscribe"] == "<http://127.0.0.1:8080/u/t0ken>"
    assert read["List-Unsubscribe-Post"] is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mailto:eve@example.org",
        "https://a/b>, <https://eve",
        "https://a/\r\nBcc: e",
        "https://a b",
    ],
)
def test_what_is_no_address_on_the_web_is_no_way_out(url: str) -> None:
    assert parsed(make_letter(url=url), REACHABLE)["List-Unsubscribe"] is None


def test_a_long_address_on_the_web_stays_whole() -> None:
    url = "https://shop.example/u/" + "x" * 400
    raw = compose(make_letter(url=url), REACHABLE).content
    assert f"List-Unsubscribe: <{url}>,\r\n".encode() in raw


def test_a_mailbox_in_a_link_is_one() -> None:
    identity = Identity(IDENTITY.sender, unsubscribe=read_sender("a+b%c&d@shop.example"))
    raw = compose(make_letter(), identity).content
    assert b"<mailto:a+b%25c%26d@shop.example?subject=t0ken>" in raw


def test_plain_text_comes_first_and_html_last() -> None:
    letter = make_letter(body="Grüße\n", html="<p lang='de'>Grüße</p>\n")
    read = parsed(letter)
    assert read.get_content_type() == "multipart/alternative"
    plain, html = read.iter_parts()
    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert (body(plain), body(html)) == (letter.text.body, letter.text.html)
    assert not read.defects


def test_any_language_survives_the_wire() -> None:
    text = "Grüße, 谢谢, شكرا — a line that is longer than any mail server would take " + "x" * 2000
    letter = make_letter(
        name="Zoë Łęcka", subject="Dziękujemy: 谢谢 " * 12, body=text + "\n.\nend\n"
    )
    raw = compose(letter, IDENTITY).content
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 78
    read = parsed(letter)
    assert read["Subject"] == letter.text.subject.strip()
    assert read["To"].addresses[0].display_name == letter.name
    assert body(read) == letter.text.body


@given(st.text(max_size=80), st.text(max_size=80), ENCODABLE, ENCODABLE)
@example('Ł" <eve@example.org>, "', "=?utf-8?q?=0ABcc=3A_eve?=", "\r\n.\r\n", f"--=_{ID}--")
@example("J. O'Hara, Inc.", "a" * 2000, "-" * 100, "=")
def test_no_text_becomes_a_header(name: str, subject: str, plain: str, html: str) -> None:
    letter = make_letter(name=name, subject=subject, body=plain, html=html)
    raw = compose(letter, IDENTITY).content
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    read = parsed(letter)
    assert read.keys() == [name for name in HEADERS if name != "Content-Transfer-Encoding"]
    (to,) = read["To"].addresses
    assert to.addr_spec == "ada@example.org"
    assert name_of(raw) == one_line(name)
    assert read["Subject"] == one_line(subject)
    assert [body(part) for part in read.iter_parts()] == [lines(plain), lines(html)]


@given(ENCODABLE)
def test_a_text_is_read_as_it_was_written(text: str) -> None:
    assert body(parsed(make_letter(body=text))) == lines(text)


@given(st.text(max_size=40), st.text(max_size=60), st.text(max_size=20))
def test_no_address_becomes_a_header(address: str, url: str, language: str) -> None:
    for to in (address, f"{address}@example.org"):
        letter = make_letter(to=to, url=f"https://{url}", language=language)
        try:
            read = parsed(letter)
        except Invalid:
            continue
        assert set(read.keys()) <= set(HEADERS)
        assert len(set(read.keys())) == len(read.keys())
        (found,) = read["To"].addresses
        spec = found.addr_spec.encode(errors="surrogateescape").decode()
        assert spec == read_address(to).addr_spec


def test_an_address_in_another_script_goes_as_it_is() -> None:
    mail = compose(make_letter(to="zoë@example.org"), IDENTITY)
    assert mail.is_international
    assert "To: Ada <zoë@example.org>".encode() in mail.content
    assert not compose(make_letter(), IDENTITY).is_international


def test_what_is_no_address_gets_no_mail() -> None:
    with pytest.raises(Invalid):
        compose(make_letter(to="ada"), IDENTITY)


@pytest.mark.parametrize("id", ["", "a\r\nBcc: eve", "../a", "a" * 65])
def test_an_id_is_made_by_ourselves(id: str) -> None:
    with pytest.raises(ValueError, match="id"):
        compose(replace(make_letter(), id=id), IDENTITY)
