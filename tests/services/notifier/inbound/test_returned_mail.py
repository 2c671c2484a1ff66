"""Mails that came back, as servers write them, and as nobody should."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifier.domain.returned import Returned, failure, is_hard
from services.notifier.inbound.returned_mail import Ignored, read_mail
from shared.links import PreferencesLink, read_preferences_link, sign_preferences_link
from tests.services.notifier.builders import SECRET
from tests.services.notifier.inbound import returned_samples as samples
from tests.services.notifier.inbound.returned_samples import ID

LINK = PreferencesLink("c-1", ID)
TOKEN = sign_preferences_link(SECRET, LINK)
AMAZON = samples.AMAZON_COMPLAINT.replace("{token}", TOKEN)
UNSUBSCRIBE = samples.UNSUBSCRIBE.replace("{token}", TOKEN)
ADA = (("email", "ada@example.org"),)
ALL = [
    samples.POSTFIX,
    samples.EXIM,
    samples.EXCHANGE,
    samples.GMAIL,
    samples.DELAYED,
    AMAZON,
    UNSUBSCRIBE,
    samples.AWAY,
    samples.REPLY,
    samples.DSN_IN_UNICODE,
]


def read(text: str, recipient: str = "") -> Returned | Ignored:
    return read_mail(text.encode(), recipient, lambda token: read_preferences_link(SECRET, token))


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("mail", "kind", "code", "addresses"),
    [
        (samples.POSTFIX, "hard", "5.1.1", ADA),
        (samples.EXIM, "soft", "5.7.1", ADA),
        (samples.EXCHANGE, "hard", "5.1.10", (("email", "Ada@Example.org"),)),
        (samples.GMAIL, "soft", "5.2.2", ADA),
        (samples.DELAYED, "soft", "4.4.1", ADA),
        (samples.DSN_IN_UNICODE, "hard", "5.1.3", (("email", "ada@exämple.org"),)),
    ],
)
def test_what_servers_say(
    mail: str, kind: str, code: str, addresses: tuple[tuple[str, str], ...], ends: str
) -> None:
    returned = read(mail.replace("\n", ends))
    assert isinstance(returned, Returned)
    assert (returned.kind, returned.code, returned.addresses) == (kind, code, addresses)
    assert returned.messages == (ID,)
    assert not returned.trusted


def test_a_complaint_is_about_whom_the_link_says() -> None:
    assert read(AMAZON) == Returned(kind="complaint", links=(LINK,), addresses=ADA, code="abuse")


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure", ""])
def test_other_feedback_is_no_complaint(kind: str) -> None:
    mail = AMAZON.replace("Feedback-Type: abuse", f"Feedback-Type: {kind}")
    assert read(mail) == Ignored("no complaint")


def test_feedback_may_be_an_unsubscription() -> None:
    mail = AMAZON.replace("Feedback-Type: abuse", "Feedback-Type: opt-out")
    assert read(mail) == Returned(kind="unsubscribe", links=(LINK,))


def test_a_mail_to_unsubscribe_has_the_token() -> None:
    assert read(UNSUBSCRIBE) == Returned(kind="unsubscribe", links=(LINK,))
    assert read(UNSUBSCRIBE, "thanks@shop.example") == read(UNSUBSCRIBE)
    by_id = samples.REPLY.replace("To: thanks@", f"To: unsubscribe+{ID}@")
    assert read(by_id) == Ignored("no link of ours says whose messages are to stop")
    assert read(samples.REPLY, f"unsubscribe+{ID}@shop.example") == read(by_id)
    only_token = UNSUBSCRIBE.replace("unsubscribe ", "").replace("unsubscribe@", "stop@")
    assert read(only_token) == read(UNSUBSCRIBE)
    assert isinstance(read(UNSUBSCRIBE.replace(TOKEN, TOKEN[:-2])), Ignored)


def test_what_is_no_report_is_ignored() -> None:
    assert read(samples.AWAY) == Ignored("an automatic reply")
    assert read(samples.REPLY) == Ignored("no report of a delivery")
    assert read("") == Ignored("no report of a delivery")
    arrived = samples.POSTFIX.replace("Action: failed", "Action: delivered")
    assert read(arrived.replace("5.1.1", "2.1.5")) == Ignored("nothing failed")


def test_nesting_has_an_end() -> None:
    deep = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(5000))
    assert read(deep) == Ignored("too many parts")
    assert read("Content-Type: message/rfc822\n\n" * 5000) == Ignored("too many parts")
    assert isinstance(read(f"Subject: {'=?utf-8?q?=ff?= ' * 50_000}\n\n"), Ignored)
    assert isinstance(read("To: " + "unsubscribe" * 80_000 + "\n\n"), Ignored)
    assert isinstance(read("Subject: unsubscribe " + "a.b" * 300_000 + "\n\n"), Ignored)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_damaged_mail_never_raises(data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from(ALL)).encode())
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(raw)))
        end = min(len(raw), start + data.draw(st.integers(0, 60)))
        piece = data.draw(
            st.binary(max_size=40)
            | st.sampled_from(
                [b"\n\n", b"=?x?b?%%?=", b"Content-Transfer-Encoding: base64\n", b"--b"]
            )
        )
        raw[start:end] = piece
    read_mail(bytes(raw), "", lambda token: read_preferences_link(SECRET, token))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=2000), st.text(max_size=50))
def test_rubbish_never_raises(raw: bytes, recipient: str) -> None:
    read_mail(raw, recipient, lambda token: read_preferences_link(SECRET, token))


@pytest.mark.parametrize(
    ("action", "status", "diagnosis", "said"),
    [
        ("failed", "5.1.1", "", ("hard", "5.1.1")),
        ("failed", "5.0.0", "smtp; 550 5.1.1 unknown", ("hard", "5.1.1")),
        ("failed", "5.0.0", "smtp; 550 no such user", ("hard", "5.0.0")),
        ("failed", "", "smtp; 552 mailbox full", ("soft", "5.2.2")),
        ("failed", "", "smtp; 451 try later", ("soft", "4.0.0")),
        ("failed", "5.7.26", "unauthenticated", ("soft", "5.7.26")),
        ("failed", "5.4.7 (expired)", "", ("hard", "5.4.7")),
        ("failed (no mailbox)", "4.4.7", "", ("soft", "4.4.7")),
        ("failed", "unknown", "host 10.5.1.1.2 said no", ("soft", "failed")),
        ("delayed", "5.1.1", "", ("soft", "5.1.1")),
        ("Relayed", "2.0.0", "", None),
        ("", "2.1.5", "", None),
        ("", "", "", None),
    ],
)
def test_what_a_status_says(
    action: str, status: str, diagnosis: str, said: tuple[str, str] | None
) -> None:
    assert failure(action, status, diagnosis) == said


def test_an_address_is_dead_only_of_its_own_fault() -> None:
    hard = ("5.0.0", "5.1.0", "5.1.1", "5.1.2", "5.1.10", "5.2.1", "5.4.4")
    soft = ("4.1.1", "2.0.0", "5.1.8", "5.2.2", "5.2.3", "5.3.4", "5.5.2", "5.6.0", "5.7.1")
    assert [is_hard(code) for code in (*hard, *soft)] == [True] * len(hard) + [False] * len(soft)
