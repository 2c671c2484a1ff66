"""Mails: complete, the same for every attempt, and proof against smuggled headers."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.domain.message import Text
from services.notifier.outbound.email import compose, read_address, read_sender
from services.notifier.ports import Mail
from shared.errors import Invalid

SENDER = read_sender("The Corner Shop <thanks@shop.example>")
HEADERS = {
    *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Language"),
    *("Content-Type", "Content-Transfer-Encoding", "MIME-Version"),
}


def make_mail(
    to: str = "ada@example.org",
    name: str | None = "Ada",
    subject: str = "Thank you",
    body: str = "You are kind.\n",
) -> Mail:
    time = datetime(2026, 3, 1, 12, tzinfo=UTC)
    return Mail("0" * 32, to, name, Text(subject, body, "en-GB"), time)


def parsed(mail: Mail) -> EmailMessage:
    return message_from_bytes(compose(mail, SENDER).as_bytes(), policy=policy.default)


def test_a_mail_says_what_it_must() -> None:
    raw = compose(make_mail(), SENDER).as_bytes()
    assert raw.split(b"\r\n\r\n")[0].decode().split("\r\n") == [
        "From: The Corner Shop <thanks@shop.example>",
        "To: Ada <ada@example.org>",
        "Subject: Thank you",
        "Date: Sun, 01 Mar 2026 12:00:00 +0000",
        f"Message-ID: <{'0' * 32}@shop.example>",
        "Auto-Submitted: auto-generated",
        'Content-Type: text/plain; charset="utf-8"',
        "Content-Transfer-Encoding: quoted-printable",
        "MIME-Version: 1.0",
        "Content-Language: en-GB",
    ]


def test_any_language_survives_the_wire() -> None:
    body = "Grüße, 谢谢, شكرا — a line that is longer than any mail server would take " + "x" * 2000
    mail = make_mail(name="Zoë Łęcka", subject="Dziękujemy: 谢谢 " * 12, body=body + "\n.\nend\n")
    raw = compose(mail, SENDER).as_bytes()
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    read = parsed(mail)
    assert read["Subject"] == mail.text.subject.strip()
    assert read["To"].addresses[0].display_name == mail.name
    assert read.get_content().replace("\r\n", "\n") == mail.text.body


@given(
    st.text(max_size=60), st.text(max_size=60), st.text(st.characters(exclude_categories=["Cs"]))
)
def test_no_text_becomes_a_header(name: str, subject: str, body: str) -> None:
    read = parsed(make_mail(name=name, subject=subject, body=body))
    assert set(read.keys()) == HEADERS
    assert len(read.keys()) == len(HEADERS)
    assert [a.addr_spec for a in read["To"].addresses] == ["ada@example.org"]


def test_a_smuggled_header_stays_text() -> None:
    read = parsed(
        make_mail(name="Ada\r\nBcc: eve@example.org", subject="Hi\r\nBcc: eve@example.org")
    )
    assert read["Bcc"] is None
    assert read["Subject"] == "Hi Bcc: eve@example.org"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "ada@",
        "@example.org",
        "ada@example.org\r\nBcc: eve@example.org",
        "ada@example.org, eve@example.org",
        "Ada <ada@example.org>",
        "ada @example.org",
        "ada@exa\x00mple.org",
        "ada@" + "x" * 80 + ".org",
        "ada@\ud800.org",
        "ada@example.org>",
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_address(address)
    assert not address or address not in str(refused.value)
    with pytest.raises(Invalid):
        compose(make_mail(to=address), SENDER)


@given(st.text(max_size=40))
def test_an_address_is_one_or_none(address: str) -> None:
    try:
        mail = make_mail(to=address)
        raw = compose(mail, SENDER).as_bytes()
    except Invalid:
        return
    assert set(message_from_bytes(raw, policy=policy.default).keys()) == HEADERS


def test_a_domain_goes_in_ascii_and_a_local_part_as_it_is() -> None:
    assert read_address("ada@bücher.example").addr_spec == "ada@xn--bcher-kva.example"
    raw = compose(make_mail(to="zoë@example.org"), SENDER).as_bytes()
    assert "zoë@example.org".encode() in raw


def test_a_sender_may_have_no_name() -> None:
    assert str(read_sender("thanks@localhost")) == "thanks@localhost"
    with pytest.raises(Invalid):
        read_sender("The Corner Shop")
