"""What answers of mail servers say."""

import pytest
from aiosmtplib import SMTPResponse

from services.notifier.channels.email.answers import code_of, is_yes, on_connection, on_recipient
from services.notifier.domain.delivery import Receipt


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        (550, "5.1.1 <ada@example.org>: no such user", "550 5.1.1"),
        (550, "no such user ada@example.org 5.1.1", "550"),
        (550, "5.1.1", "550 5.1.1"),
        (550, "5.1.10\nmore lines", "550 5.1.10"),
        (550, "5.1.1.9 is no code", "550"),
        (550, "4.1.1 belongs to another class", "550"),
        (250, "2.0.0 queued as ada@example.org", "250 2.0.0"),
        (-1, "not SMTP", "-1"),
    ],
)
def test_a_code_never_repeats_the_text(code: int, text: str, expected: str) -> None:
    assert code_of(SMTPResponse(code, text)) == expected


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        (550, "5.1.1 unknown", Receipt("refused", "550 5.1.1", bad_address=True)),
        (550, "5.1.2 no such host", Receipt("refused", "550 5.1.2", bad_address=True)),
        (501, "5.1.3 syntax", Receipt("refused", "501 5.1.3", bad_address=True)),
        (551, "5.1.6 moved", Receipt("refused", "551 5.1.6", bad_address=True)),
        (556, "5.1.10 null MX", Receipt("refused", "556 5.1.10", bad_address=True)),
        (553, "not allowed", Receipt("refused", "553", bad_address=True)),
        (553, "5.7.1 policy", Receipt("refused", "553 5.7.1")),
        (553, "5.1.7 your sender", Receipt("refused", "553 5.1.7")),
        (550, "5.7.515 not authenticated", Receipt("refused", "550 5.7.515")),
        (550, "rejected", Receipt("refused", "550")),
        (552, "5.2.2 mailbox full", Receipt("refused", "552 5.2.2")),
        (450, "4.2.0 greylisted", Receipt("deferred", "450 4.2.0")),
        (450, "4.7.1 greylisted", Receipt("deferred", "450 4.7.1")),
        (452, "4.2.2 mailbox full", Receipt("deferred", "452 4.2.2")),
        (451, "try later", Receipt("deferred", "451")),
        (451, "4.7.500 busy", Receipt("deferred", "451 4.7.500", fault="provider")),
        (452, "4.3.1 disk full", Receipt("deferred", "452 4.3.1", fault="provider")),
        (421, "4.7.0 too fast", Receipt("deferred", "421 4.7.0", fault="provider")),
        (454, "4.7.0 later", Receipt("deferred", "454 4.7.0", fault="provider")),
        (354, "what?", Receipt("deferred", "354", fault="provider")),
    ],
)
def test_no_to_a_recipient(code: int, text: str, expected: Receipt) -> None:
    assert on_recipient(SMTPResponse(code, text)) == expected


@pytest.mark.parametrize("code", [421, 454, 530, 535, 550, 554])
def test_no_to_a_connection_is_not_the_mails_fault(code: int) -> None:
    answer = SMTPResponse(code, "5.1.1 no")
    assert on_connection(answer).result == "deferred"
    assert on_connection(answer).fault == "provider"
    assert not on_connection(answer).bad_address


def test_only_2xx_is_yes() -> None:
    assert [c for c in (-1, 199, 250, 251, 354, 421, 550) if is_yes(SMTPResponse(c, ""))] == [
        250,
        251,
    ]
