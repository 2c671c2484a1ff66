"""Mails as .eml files, which any mail program opens."""

import asyncio
import errno
import os
from contextlib import suppress
from email.headerregistry import Address
from pathlib import Path

from services.notifier.domain.delivery import Receipt
from services.notifier.outbound.email import compose
from services.notifier.ports import Mail
from shared.errors import Invalid


class FileChannel:
    """One file a mail, named by its id, so that writing it again changes nothing."""

    idempotent = True

    def __init__(self, folder: Path, sender: Address) -> None:
        """Makes `folder` where it is missing."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._sender = sender

    async def hand_over(self, mail: Mail) -> Receipt:
        try:
            text = compose(mail, self._sender).as_bytes()
        except Invalid:
            return Receipt("refused", "invalid_address")
        try:
            await asyncio.to_thread(self._write, mail.id, text)
        except OSError as error:
            return Receipt("deferred", errno.errorcode.get(error.errno or 0, "OSError"))
        return Receipt("taken")

    async def forget(self, id: str) -> None:
        await asyncio.to_thread(self._remove, id)

    def _write(self, id: str, text: bytes) -> None:
        part = self._folder / f"{id}.part"
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        os.replace(part, self._folder / f"{id}.eml")
        self._sync_folder()

    def _remove(self, id: str) -> None:
        for ending in ("part", "eml"):
            with suppress(FileNotFoundError):
                (self._folder / f"{id}.{ending}").unlink()
        self._sync_folder()

    def _sync_folder(self) -> None:
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
