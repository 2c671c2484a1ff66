"""Mails as files."""

from pathlib import Path

from services.notifier.channels.email.compose import compose
from services.notifier.channels.email.file import FileChannel
from services.notifier.domain.delivery import Receipt
from services.notifier.domain.policy import Route
from tests.services.notifier.channels.email.letters import ID, IDENTITY, make_letter


async def test_a_mail_is_one_file_however_often_it_is_handed_over(tmp_path: Path) -> None:
    channel = FileChannel("email", tmp_path / "mail", IDENTITY)
    for _ in range(2):
        assert await channel.hand_over(make_letter()) == Receipt("taken")
    (file,) = (tmp_path / "mail").iterdir()
    assert file.name == f"{ID}.eml"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_bytes() == compose(make_letter(), IDENTITY).content
    await channel.forget(ID)
    await channel.forget(ID)
    assert list((tmp_path / "mail").iterdir()) == []
    await channel.close()


async def test_a_disk_that_takes_nothing_is_tried_again(tmp_path: Path) -> None:
    channel = FileChannel("email", tmp_path / "mail", IDENTITY)
    (tmp_path / "mail").rmdir()
    assert await channel.hand_over(make_letter()) == Receipt("deferred", "ENOENT", fault="provider")
    assert await channel.hand_over(make_letter(to="nobody")) == Receipt(
        "refused", "invalid_address", bad_address=True
    )


def test_files_disturb_nobody(tmp_path: Path) -> None:
    channel = FileChannel("letters", tmp_path, IDENTITY)
    assert channel.route == Route("letters", "email", needs_consent=True, disturbs=False)
    assert channel.idempotent
