"""Mails over SMTP, against a real server."""

import asyncio

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from services.notifier.domain.delivery import Receipt
from services.notifier.outbound.smtp_channel import Server, SmtpChannel, read_url
from shared.errors import Invalid
from tests.servers.ports import LOOPBACK, free_port
from tests.servers.smtp import MailCatcher
from tests.services.notifier.outbound.test_email import SENDER, make_mail


def make_channel(url: str, seconds: float = 10.0) -> SmtpChannel:
    return SmtpChannel(read_url(url), SENDER, seconds)


async def test_a_mail_arrives_as_it_was_composed(mail_catcher: MailCatcher) -> None:
    mail = make_mail(subject="Grüße", body="One.\n.\n..\nÄnd.\n")
    assert await make_channel(mail_catcher.url).hand_over(mail) == Receipt("taken", "250")
    (received,) = mail_catcher.mails
    assert (received.sender, received.recipients) == ("thanks@shop.example", ("ada@example.org",))
    assert received.message["Subject"] == "Grüße"
    assert received.message.get_content().replace("\r\n", "\n") == mail.text.body


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("451 try later", Receipt("deferred", "451")),
        ("554 no", Receipt("refused", "554")),
    ],
)
async def test_an_answer_to_the_text_is_an_answer(
    mail_catcher: MailCatcher, answer: str, expected: Receipt
) -> None:
    mail_catcher.answer = lambda _: answer
    assert await make_channel(mail_catcher.url).hand_over(make_mail()) == expected
    assert mail_catcher.mails == []


async def test_a_server_that_is_away_has_taken_nothing() -> None:
    receipt = await make_channel(f"smtp://{LOOPBACK}:{free_port()}").hand_over(make_mail())
    assert receipt.result == "deferred"


class _Picky:
    """Answers RCPT with what `answer` says, and may die or hang over the text."""

    def __init__(self, answer: str = "250 OK", at_text: str | None = None) -> None:
        self.answer = answer
        self.at_text = at_text
        self.login: LoginPassword | None = None

    async def handle_RCPT(
        self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, server: SMTP, _: Session, __: Envelope) -> str:
        if self.at_text == "die":
            assert server.transport is not None
            server.transport.close()
        elif self.at_text == "hang":
            await asyncio.sleep(5)
        return "250 OK"

    def authenticate(self, *arguments: object) -> AuthResult:
        login = arguments[-1]
        assert isinstance(login, LoginPassword)
        self.login = login
        return AuthResult(success=login.password == b"p:w", handled=False)


async def hand_over_to(
    handler: _Picky, seconds: float = 10.0, login: str = "", **options: object
) -> Receipt:
    controller = Controller(handler, LOOPBACK, free_port(), **options)  # type: ignore[arg-type]
    controller.start()
    try:
        url = f"smtp://{login}{LOOPBACK}:{controller.port}"
        return await make_channel(url, seconds).hand_over(make_mail())
    finally:
        controller.stop()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("450 mailbox busy", Receipt("deferred", "450")),
        ("550 no such user", Receipt("refused", "550")),
    ],
)
async def test_an_answer_to_the_recipient_is_an_answer(answer: str, expected: Receipt) -> None:
    assert await hand_over_to(_Picky(answer)) == expected


async def test_a_connection_lost_over_the_text_leaves_it_open() -> None:
    receipt = await hand_over_to(_Picky(at_text="die"))
    assert receipt.result == "uncertain"


async def test_a_server_that_does_not_answer_the_text_leaves_it_open() -> None:
    assert (await hand_over_to(_Picky(at_text="hang"), seconds=0.5)).result == "uncertain"


@pytest.mark.parametrize(
    ("login", "expected"),
    [("ada:p%3Aw@", Receipt("taken", "250")), ("ada:wrong@", Receipt("deferred", "535"))],
)
async def test_a_wrong_password_is_not_the_mails_fault(login: str, expected: Receipt) -> None:
    handler = _Picky()
    receipt = await hand_over_to(
        handler, login=login, authenticator=handler.authenticate, auth_require_tls=False
    )
    assert receipt == expected
    assert handler.login is not None
    assert handler.login.login == b"ada"


async def test_addresses_in_any_script(mail_catcher: MailCatcher) -> None:
    channel = make_channel(mail_catcher.url)
    assert await channel.hand_over(make_mail(to="x")) == Receipt("refused", "invalid_address")
    receipt = await channel.hand_over(make_mail(to="zoë@example.org"))
    assert receipt == Receipt("taken", "250")
    assert mail_catcher.mails[0].recipients == ("zoë@example.org",)
    await channel.forget("m-1")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", Server("mail.example", 25, False, None, None, None)),
        ("smtps://mail.example", Server("mail.example", 465, True, False, None, None)),
        ("smtp://u:p%40@mail.example:587", Server("mail.example", 587, False, True, "u", "p@")),
        ("smtp://u:p@127.0.0.1:1025", Server("127.0.0.1", 1025, False, None, "u", "p")),
    ],
)
def test_addresses_of_servers(url: str, expected: Server) -> None:
    assert read_url(url) == expected


@pytest.mark.parametrize("url", ["", "mail.example", "http://mail.example", "smtp://"])
def test_what_is_no_mail_server(url: str) -> None:
    with pytest.raises(Invalid):
        read_url(url)
