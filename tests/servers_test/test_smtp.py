"""The mail catcher speaks SMTP and keeps what it accepted."""

import asyncio
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import pytest

from tests.servers.smtp import MailCatcher


async def test_a_mail_arrives_whole(mail_catcher: MailCatcher) -> None:
    await _send(mail_catcher, "Danke für Ihre Hilfe")
    (mail,) = await asyncio.to_thread(mail_catcher.wait_for, 1)
    assert mail.sender == "shop@example.org"
    assert mail.recipients == ("customer@example.org",)
    assert mail.message["Subject"] == "Danke für Ihre Hilfe"
    assert mail.message.get_content().splitlines() == ["Grüße"]


async def test_mails_are_written_to_the_folder(tmp_path: Path) -> None:
    with MailCatcher(folder=tmp_path / "mail") as catcher:
        await _send(catcher, "one")
        await _send(catcher, "two")
    files = sorted((tmp_path / "mail").glob("*.eml"))
    assert [file.read_bytes() for file in files] == [mail.raw for mail in catcher.mails]
    assert len(files) == 2


async def test_a_refused_mail_is_not_kept() -> None:
    with MailCatcher(answer=lambda mail: "451 try later") as catcher:
        with pytest.raises(aiosmtplib.SMTPDataError, match="try later"):
            await _send(catcher, "no")
        assert catcher.mails == []
        with pytest.raises(TimeoutError, match="0 of 1"):
            catcher.wait_for(1, seconds=0.01)


async def _send(catcher: MailCatcher, subject: str) -> None:
    mail = EmailMessage()
    mail["From"] = "shop@example.org"
    mail["To"] = "customer@example.org"
    mail["Subject"] = subject
    mail.set_content("Grüße\n")
    await aiosmtplib.send(mail, hostname="127.0.0.1", port=catcher.port)
