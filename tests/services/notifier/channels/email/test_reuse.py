"""Connections that are used again, and those that should not be."""

import asyncio

import pytest

from services.notifier.channels.email.pool import Limits
from services.notifier.channels.email.smtp import SmtpChannel
from services.notifier.domain.delivery import Receipt
from tests.servers.scripted_smtp import HANG_UP, SILENCE, Peer, ScriptedSmtp
from tests.servers.smtp import MailCatcher
from tests.services.notifier.channels.email.channels import smtp_channel
from tests.services.notifier.channels.email.letters import make_letter


async def hand_over(channel: SmtpChannel, count: int) -> list[str]:
    """What became of so many letters, one after the other."""
    return [(await channel.hand_over(make_letter(f"{n:032x}"))).result for n in range(count)]


async def test_many_mails_go_over_one_connection() -> None:
    async with ScriptedSmtp() as server, smtp_channel(server.url) as channel:
        assert await hand_over(channel, 20) == ["taken"] * 20
        (peer,) = server.peers
        assert len(peer.texts) == 20
        assert "RSET" not in peer.commands
        await channel.close()
        await server.until_quiet()
        assert peer.commands[-1] == "QUIT"


async def test_as_many_connections_as_are_allowed_at_once() -> None:
    limits = Limits(at_once=3)
    async with ScriptedSmtp() as server, smtp_channel(server.url, limits=limits) as channel:
        letters = [make_letter(f"{number:032x}") for number in range(60)]
        receipts = await asyncio.gather(*map(channel.hand_over, letters))
        assert {receipt.result for receipt in receipts} == {"taken"}
        assert len(server.peers) == 3
        assert len(set(server.texts)) == 60


async def test_a_real_server_takes_mail_after_mail(mail_catcher: MailCatcher) -> None:
    async with smtp_channel(mail_catcher.url, limits=Limits(at_once=2)) as channel:
        letters = [make_letter(f"{number:032x}") for number in range(30)]
        await asyncio.gather(*map(channel.hand_over, letters))
    ids = {mail.message["Message-ID"] for mail in mail_catcher.mails}
    assert ids == {f"<{letter.id}@shop.example>" for letter in letters}
    assert len(mail_catcher.mails) == 30


async def test_a_connection_is_used_for_so_many_mails_only() -> None:
    limits = Limits(mails_each=3)
    async with ScriptedSmtp() as server, smtp_channel(server.url, limits=limits) as channel:
        assert await hand_over(channel, 7) == ["taken"] * 7
        assert [len(peer.texts) for peer in server.peers] == [3, 3, 1]
        assert server.peers[0].commands[-1] == "QUIT"


async def test_a_connection_is_closed_after_a_while_without_mails() -> None:
    limits = Limits(idle_seconds=0.01)
    async with ScriptedSmtp() as server, smtp_channel(server.url, limits=limits) as channel:
        await hand_over(channel, 1)
        await server.until_quiet()
        assert server.peers[0].commands[-1] == "QUIT"
        assert await hand_over(channel, 1) == ["taken"]
        assert len(server.peers) == 2


async def test_a_connection_that_died_while_idle_is_replaced() -> None:
    async with ScriptedSmtp() as server, smtp_channel(server.url) as channel:
        await hand_over(channel, 1)
        server.hang_up()
        await server.until_quiet()
        assert await hand_over(channel, 2) == ["taken"] * 2
        assert [len(peer.texts) for peer in server.peers] == [1, 2]


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("answer", [HANG_UP, "421 4.7.0 enough for one connection", "what?"])
async def test_a_used_connection_that_fails_is_not_held_against_the_mail(
    verb: str, answer: str
) -> None:
    def enough(peer: Peer, asked: str) -> str | None:
        return answer if asked == verb and len(peer.texts) == 2 else None

    async with ScriptedSmtp(enough) as server, smtp_channel(server.url) as channel:
        assert await hand_over(channel, 5) == ["taken"] * 5
        assert [len(peer.texts) for peer in server.peers] == [2, 2, 1]


async def test_a_used_connection_that_says_nothing_any_more_is_replaced_in_time() -> None:
    def mute(peer: Peer, verb: str) -> str | None:
        return SILENCE if peer.number == 1 and peer.texts and verb == "MAIL" else None

    async with ScriptedSmtp(mute) as server, smtp_channel(server.url, seconds=1.0) as channel:
        assert await hand_over(channel, 2) == ["taken"] * 2
        assert [len(peer.texts) for peer in server.peers] == [1, 1]


async def test_a_server_that_closes_after_each_mail() -> None:
    def once(peer: Peer, verb: str) -> str | None:
        return "421 one is enough" if peer.texts and verb == "MAIL" else None

    async with ScriptedSmtp(once) as server, smtp_channel(server.url) as channel:
        assert await hand_over(channel, 4) == ["taken"] * 4
        assert [len(peer.texts) for peer in server.peers] == [1, 1, 1, 1]


async def test_it_is_tried_again_once_only() -> None:
    async with ScriptedSmtp() as server, smtp_channel(server.url) as channel:
        await hand_over(channel, 1)
        server.answer = lambda _peer, verb: "421 4.3.2 closing" if verb == "MAIL" else None
        receipt = await channel.hand_over(make_letter())
        assert receipt == Receipt("deferred", "421 4.3.2", fault="provider")
        assert len(server.peers) == 2


async def test_what_a_used_connection_leaves_open_is_not_repeated() -> None:
    async with ScriptedSmtp() as server, smtp_channel(server.url) as channel:
        await hand_over(channel, 1)
        server.answer = lambda _peer, verb: HANG_UP if verb == "TEXT" else None
        assert await hand_over(channel, 1) == ["uncertain"]
        assert len(server.peers) == 1


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "TEXT"])
async def test_a_connection_is_reset_after_a_refusal(verb: str) -> None:
    async with ScriptedSmtp() as server, smtp_channel(server.url) as channel:
        server.answer = lambda _peer, asked: "550 5.7.1 no" if asked == verb else None
        assert (await channel.hand_over(make_letter())).code == "550 5.7.1"
        server.answer = lambda _peer, _verb: None
        assert await hand_over(channel, 1) == ["taken"]
        (peer,) = server.peers
        assert peer.commands.count("RSET") == 1


async def test_a_connection_that_can_not_be_reset_is_closed() -> None:
    answers = {"RCPT": "550 5.1.1 no", "RSET": "502 what?"}
    async with ScriptedSmtp(lambda _peer, verb: answers.get(verb)) as server:
        async with smtp_channel(server.url) as channel:
            assert (await channel.hand_over(make_letter())).bad_address
            assert (await channel.hand_over(make_letter())).bad_address
        assert len(server.peers) == 2


async def test_a_cancelled_attempt_leaves_no_connection_behind() -> None:
    asked = asyncio.Event()

    def hang(_peer: Peer, verb: str) -> str | None:
        if verb != "RCPT":
            return None
        asked.set()
        return SILENCE

    limits = Limits(at_once=1)
    async with ScriptedSmtp(hang) as server, smtp_channel(server.url, limits=limits) as channel:
        attempt = asyncio.create_task(channel.hand_over(make_letter()))
        await asked.wait()
        attempt.cancel()
        with pytest.raises(asyncio.CancelledError):
            await attempt
        await server.until_quiet()
        server.answer = lambda _peer, _verb: None
        assert await hand_over(channel, 1) == ["taken"]
        assert [len(peer.texts) for peer in server.peers] == [0, 1]


async def test_the_wait_for_a_connection_is_not_counted_against_the_mail() -> None:
    async with ScriptedSmtp() as server:
        server.answer = lambda peer, verb: SILENCE if peer.number == 1 and verb == "MAIL" else None
        async with smtp_channel(server.url, limits=Limits(at_once=1), seconds=0.2) as channel:
            first, *others = await asyncio.gather(
                *(channel.hand_over(make_letter(f"{number:032x}")) for number in range(10))
            )
    assert first == Receipt("deferred", "timeout", fault="provider")
    assert {receipt.result for receipt in others} == {"taken"}


async def test_a_closed_channel_keeps_no_connection() -> None:
    async with ScriptedSmtp() as server, smtp_channel(server.url) as channel:
        await channel.close()
        assert await hand_over(channel, 1) == ["taken"]
        await server.until_quiet()
