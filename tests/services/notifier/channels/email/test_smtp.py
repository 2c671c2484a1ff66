"""Mails over SMTP: what arrives, and what each answer of a server means."""

import pytest

from services.notifier.domain.delivery import Receipt
from services.notifier.domain.policy import Route
from tests.servers.ports import LOOPBACK, free_port
from tests.servers.scripted_smtp import HANG_UP, SILENCE, Answer, Peer, ScriptedSmtp
from tests.servers.smtp import MailCatcher
from tests.services.notifier.channels.email.channels import smtp_channel
from tests.services.notifier.channels.email.letters import ID, REACHABLE, make_letter


def saying(verb: str, answer: str) -> Answer:
    """A server that says `answer` to `verb`."""
    return lambda _peer, asked: answer if asked == verb else None


async def test_a_mail_arrives_as_it_was_composed(mail_catcher: MailCatcher) -> None:
    letter = make_letter(subject="Grüße", body="One.\n.\n..\n.x\nÄnd.\n", html="<p>.\n.</p>")
    async with smtp_channel(mail_catcher.url, identity=REACHABLE) as channel:
        assert await channel.hand_over(letter) == Receipt("taken", "250")
    (received,) = mail_catcher.mails
    assert received.sender == f"bounces+{ID}@shop.example"
    assert received.recipients == ("ada@example.org",)
    assert received.message["Subject"] == "Grüße"
    plain, html = received.message.iter_parts()
    assert plain.get_payload(decode=True) == letter.text.body.replace("\n", "\r\n").encode()
    assert html.get_payload(decode=True) == b"<p>.\r\n.</p>\r\n"


async def test_addresses_in_any_script(mail_catcher: MailCatcher) -> None:
    async with smtp_channel(mail_catcher.url) as channel:
        refused = Receipt("refused", "invalid_address", bad_address=True)
        assert await channel.hand_over(make_letter(to="x")) == refused
        letter = make_letter(to="zoë@example.org")
        assert await channel.hand_over(letter) == Receipt("taken", "250")
        await channel.forget(letter.id)
    assert mail_catcher.mails[0].recipients == ("zoë@example.org",)


async def test_a_server_that_knows_ascii_only() -> None:
    async with ScriptedSmtp() as server, smtp_channel(server.url) as channel:
        letter = make_letter(to="zoë@example.org")
        assert await channel.hand_over(letter) == Receipt("refused", "smtputf8")
        assert (await channel.hand_over(make_letter())).result == "taken"


@pytest.mark.parametrize(
    ("verb", "answer", "expected"),
    [
        ("CONNECT", "554 5.7.1 no", Receipt("deferred", "554 5.7.1", fault="provider")),
        ("CONNECT", "421 4.7.0 busy", Receipt("deferred", "421 4.7.0", fault="provider")),
        ("MAIL", "550 5.7.1 not you", Receipt("deferred", "550 5.7.1", fault="provider")),
        ("MAIL", "530 5.7.0 log in", Receipt("deferred", "530 5.7.0", fault="provider")),
        ("MAIL", "421 4.3.2 closing", Receipt("deferred", "421 4.3.2", fault="provider")),
        ("MAIL", "452 4.3.1 full", Receipt("deferred", "452 4.3.1", fault="provider")),
        ("RCPT", "450 mailbox busy", Receipt("deferred", "450")),
        ("RCPT", "451 4.7.1 slow down", Receipt("deferred", "451 4.7.1", fault="provider")),
        ("RCPT", "421 4.7.0 closing", Receipt("deferred", "421 4.7.0", fault="provider")),
        ("RCPT", "550 5.1.1 unknown", Receipt("refused", "550 5.1.1", bad_address=True)),
        ("RCPT", "553 no", Receipt("refused", "553", bad_address=True)),
        ("RCPT", "550 5.7.1 policy", Receipt("refused", "550 5.7.1")),
        ("DATA", "451 4.3.0 later", Receipt("deferred", "451 4.3.0", fault="provider")),
        ("DATA", "554 no", Receipt("refused", "554")),
        ("DATA", "250 what?", Receipt("deferred", "250", fault="provider")),
        ("TEXT", "451 try later", Receipt("deferred", "451")),
        ("TEXT", "421 4.3.2 closing", Receipt("deferred", "421 4.3.2", fault="provider")),
        ("TEXT", "550 5.7.515 unsigned", Receipt("refused", "550 5.7.515")),
        ("TEXT", "550 5.1.1 unknown", Receipt("refused", "550 5.1.1", bad_address=True)),
    ],
)
async def test_an_answer_is_an_answer(verb: str, answer: str, expected: Receipt) -> None:
    async with ScriptedSmtp(saying(verb, answer)) as server, smtp_channel(server.url) as channel:
        assert await channel.hand_over(make_letter()) == expected
        assert server.texts == []


@pytest.mark.parametrize("verb", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("answer", [HANG_UP, SILENCE, "what?"])
async def test_a_server_that_fails_before_the_text_has_taken_nothing(
    verb: str, answer: str
) -> None:
    async with (
        ScriptedSmtp(saying(verb, answer)) as server,
        smtp_channel(server.url, seconds=0.3) as channel,
    ):
        receipt = await channel.hand_over(make_letter())
        assert (receipt.result, receipt.fault) == ("deferred", "provider")
        assert len(server.peers) == 1


@pytest.mark.parametrize("answer", [HANG_UP, SILENCE, "what?"])
async def test_a_server_that_fails_over_the_text_leaves_it_open(answer: str) -> None:
    async with (
        ScriptedSmtp(saying("TEXT", answer)) as server,
        smtp_channel(server.url, seconds=0.3) as channel,
    ):
        assert (await channel.hand_over(make_letter())).result == "uncertain"
        server.answer = lambda _peer, _verb: None
        assert (await channel.hand_over(make_letter())).result == "taken"
        assert len(server.peers) == 2


async def test_a_server_that_is_away_has_taken_nothing() -> None:
    async with smtp_channel(f"smtp://{LOOPBACK}:{free_port()}") as channel:
        receipt = await channel.hand_over(make_letter())
    assert (receipt.result, receipt.fault) == ("deferred", "provider")


async def test_mails_disturb() -> None:
    async with smtp_channel("smtp://127.0.0.1") as channel:
        assert channel.route == Route("email", "email", needs_consent=True, disturbs=True)
        assert not channel.idempotent


async def test_a_server_from_before_extensions_takes_mails() -> None:
    async with (
        ScriptedSmtp(saying("EHLO", "500 unknown")) as server,
        smtp_channel(server.url) as channel,
    ):
        assert (await channel.hand_over(make_letter())).result == "taken"


async def test_a_server_that_wants_no_greeting() -> None:
    def rude(_peer: Peer, verb: str) -> str | None:
        return "550 5.7.1 no" if verb in ("EHLO", "HELO") else None

    async with ScriptedSmtp(rude) as server, smtp_channel(server.url) as channel:
        receipt = await channel.hand_over(make_letter())
        assert receipt == Receipt("deferred", "550 5.7.1", fault="provider")
