"""Mails as files."""

from pathlib import Path

from services.notifier.domain.delivery import Receipt
from services.notifier.outbound.file_channel import FileChannel
from tests.services.notifier.outbound.test_email import SENDER, make_mail, parsed


async def test_a_mail_is_one_file_however_often_it_is_handed_over(tmp_path: Path) -> None:
    channel = FileChannel(tmp_path / "mail", SENDER)
    for _ in range(2):
        assert await channel.hand_over(make_mail()) == Receipt("taken")
    (file,) = (tmp_path / "mail").iterdir()
    assert file.name == f"{'0' * 32}.eml"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_bytes() == parsed(make_mail()).as_bytes(
        policy=parsed(make_mail()).policy.clone(linesep="\r\n")
    )
    await channel.forget(make_mail().id)
    await channel.forget(make_mail().id)
    assert list((tmp_path / "mail").iterdir()) == []


async def test_a_disk_that_takes_nothing_is_tried_again(tmp_path: Path) -> None:
    channel = FileChannel(tmp_path / "mail", SENDER)
    (tmp_path / "mail").rmdir()
    assert await channel.hand_over(make_mail()) == Receipt("deferred", "ENOENT")
    assert await channel.hand_over(make_mail(to="nobody")) == Receipt("refused", "invalid_address")
