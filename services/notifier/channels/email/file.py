"""Mails as .eml files, which any mail program opens."""

import asyncio
import errno
import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from services.notifier.channels.email.compose import compose
from services.notifier.channels.email.identity import Identity
from services.notifier.domain.delivery import RETRY_AFTER, Receipt
from services.notifier.domain.policy import Route
from services.notifier.ports.channels import Letter
from shared.errors import Invalid


class FileChannel:
    """One file a mail, named by its id, so that writing it again changes nothing; it disturbs
    nobody. On the disk when `hand_over` returns: two fsyncs a mail, of the file and its folder."""

    idempotent = True
    schedule: Sequence[timedelta] = RETRY_AFTER

    def __init__(self, name: str, folder: Path, identity: Identity) -> None:
        """Makes `folder` where it is missing."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.route = Route(name, address="email", needs_consent=True, disturbs=False)
        self._folder = folder
        self._identity = identity

    async def hand_over(self, letter: Letter) -> Receipt:
        """Write the file."""
        try:
            mail = compose(letter, self._identity)
        except Invalid:
            return Receipt("refused", "invalid_address", bad_address=True)
        try:
            await asyncio.to_thread(self._write, mail.id, mail.content)
        except OSError as error:
            code = errno.errorcode.get(error.errno or 0, "OSError")
            return Receipt("deferred", code, fault="provider")
        return Receipt("taken")

    async def forget(self, id: str) -> None:
        """Remove the file."""
        await asyncio.to_thread(self._remove, id)

    async def close(self) -> None:
        """Nothing is open."""

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
