"""The channel from its file and the settings."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from services.notifier.channels.email import make
from services.notifier.channels.email.file import FileChannel
from services.notifier.channels.email.smtp import SmtpChannel
from services.notifier.channels.setup import Setup
from services.notifier.ports.channels import Channel
from shared.clock import SystemClock
from shared.config import Settings
from shared.errors import Invalid
from shared.programme.channel_rules import ChannelRules


def made(folder: Path, options: Mapping[str, Any] | None = None, **settings: Any) -> Channel:
    setup = Setup(Settings(data_dir=folder, **settings), SystemClock(), lambda _channel: ())
    return make(ChannelRules("letters", "email", options or {}), setup)


async def test_files_or_a_server(tmp_path: Path) -> None:
    file = made(tmp_path)
    assert isinstance(file, FileChannel)
    assert (tmp_path / "mail").is_dir()
    smtp = made(tmp_path, {"mails_per_connection": 5, "idle_seconds": 1}, mail="smtp")
    assert isinstance(smtp, SmtpChannel)
    assert file.route.name == smtp.route.name == "letters"
    await smtp.close()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("mail_from", "The Corner Shop"),
        ("mail_reply_to", "replies"),
        ("mail_bounces", f"{'x' * 32}@shop.example"),
        ("mail_unsubscribe", "zoë@shop.example"),
    ],
)
def test_a_wrong_mailbox_names_its_setting(tmp_path: Path, setting: str, value: str) -> None:
    settings: dict[str, Any] = {setting: value}
    with pytest.raises(Invalid, match=f"REQUITE_{setting.upper()}: ") as refused:
        made(tmp_path, **settings)
    assert value not in str(refused.value)


def test_a_wrong_server_is_named_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="REQUITE_SMTP_URL: ") as refused:
        made(tmp_path, mail="smtp", smtp_url=SecretStr("http://ada:secret@mail.example"))
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("options", "pointer"),
    [
        ({"mails_per_connection": 0}, "/mails_per_connection"),
        ({"idle_seconds": -1}, "/idle_seconds"),
        ({"colour": "blue"}, ""),
    ],
)
def test_a_wrong_option_is_pointed_to(
    tmp_path: Path, options: Mapping[str, Any], pointer: str
) -> None:
    with pytest.raises(Invalid) as refused:
        made(tmp_path, options)
    assert refused.value.pointer == pointer
