"""TLS and login, against a real server."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from services.notifier.domain.delivery import Receipt
from tests.servers.certificate import Certificate, make_certificate
from tests.servers.ports import LOOPBACK, free_port
from tests.servers.scripted_smtp import ScriptedSmtp
from tests.services.notifier.channels.email.channels import smtp_channel
from tests.services.notifier.channels.email.letters import make_letter


class Keeper:
    """Knows one login, and notes for each mail whether it came over TLS and who had logged in."""

    def __init__(self) -> None:
        self.mails: list[tuple[bool, object]] = []
        self.connections: set[object] = set()

    async def handle_DATA(self, server: SMTP, session: Session, _envelope: Envelope) -> str:
        assert server.transport is not None
        is_secret = server.transport.get_extra_info("sslcontext") is not None
        self.mails.append((is_secret, session.auth_data))
        self.connections.add(session.peer)
        return "250 2.0.0 OK"

    def authenticate(self, *arguments: object) -> AuthResult:
        login = arguments[-1]
        assert isinstance(login, LoginPassword)
        return AuthResult(
            success=login == LoginPassword(b"ada", b"p:w"), handled=False, auth_data=login.login
        )


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@contextmanager
def serving(keeper: Keeper, **options: Any) -> Iterator[str]:
    """host:port of a server."""
    controller = Controller(
        keeper, LOOPBACK, free_port(), authenticator=keeper.authenticate, **options
    )
    controller.start()
    try:
        yield f"{LOOPBACK}:{controller.port}"
    finally:
        controller.stop()


@pytest.mark.parametrize("scheme", ["smtp", "smtp+starttls"])
async def test_starttls_and_login(certificate: Certificate, scheme: str) -> None:
    keeper = Keeper()
    context = certificate.server_context()
    with serving(keeper, tls_context=context, require_starttls=True, auth_required=True) as place:
        url = f"{scheme}://ada:p%3Aw@{place}"
        async with smtp_channel(url, tls=certificate.client_context()) as channel:
            receipts = [await channel.hand_over(make_letter()) for _ in range(3)]
    assert receipts == [Receipt("taken", "250 2.0.0")] * 3
    assert keeper.mails == [(True, b"ada")] * 3
    assert len(keeper.connections) == 1


async def test_tls_from_the_first_byte_on(certificate: Certificate) -> None:
    keeper = Keeper()
    options = {"ssl_context": certificate.server_context(), "auth_require_tls": False}
    with serving(keeper, **options) as place:
        url = f"smtps://ada:p%3Aw@{place}"
        async with smtp_channel(url, tls=certificate.client_context()) as channel:
            receipts = await asyncio.gather(*(channel.hand_over(make_letter()) for _ in range(3)))
    assert receipts == [Receipt("taken", "250 2.0.0")] * 3
    assert keeper.mails == [(True, b"ada")] * 3


async def test_a_wrong_password_is_not_the_mails_fault() -> None:
    keeper = Keeper()
    with serving(keeper, auth_require_tls=False) as place:
        async with smtp_channel(f"smtp://ada:wrong@{place}") as channel:
            receipt = await channel.hand_over(make_letter())
        assert receipt == Receipt("deferred", "535 5.7.8", fault="provider")
        async with smtp_channel(f"smtp://ada:p%3Aw@{place}") as channel:
            assert (await channel.hand_over(make_letter())).result == "taken"
    assert keeper.mails == [(False, b"ada")]


@pytest.mark.parametrize("scheme", ["smtp", "smtp+starttls", "smtps"])
async def test_a_server_that_nobody_vouches_for_gets_nothing(
    certificate: Certificate, scheme: str
) -> None:
    keeper = Keeper()
    context = certificate.server_context()
    options: dict[str, Any] = {"tls_context": context}
    if scheme == "smtps":
        options = {"ssl_context": context, "auth_require_tls": False}
    with serving(keeper, **options) as place:
        async with smtp_channel(f"{scheme}://{place}") as channel:
            receipt = await channel.hand_over(make_letter())
    assert (receipt.result, receipt.fault) == ("deferred", "provider")
    assert keeper.mails == []


async def test_a_server_without_starttls_gets_nothing_where_it_is_demanded() -> None:
    async with ScriptedSmtp() as server:
        url = server.url.replace("smtp:", "smtp+starttls:")
        async with smtp_channel(url) as channel:
            receipt = await channel.hand_over(make_letter())
        assert (receipt.result, receipt.fault) == ("deferred", "provider")
        assert not any(command.startswith("MAIL") for command in server.peers[0].commands)
        async with smtp_channel(server.url) as channel:
            assert (await channel.hand_over(make_letter())).result == "taken"
