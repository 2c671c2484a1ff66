"""A small file that only its owner may read, shared by all processes that have it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

Version = tuple[int, int, int]


class SecretFile:
    """The file at `path`, which need not be there yet; nor need its folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def version(self) -> Version | None:
        """Something else whenever the file was replaced or changed; None if there is none."""
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_ino, found.st_size

    def write(self, content: bytes) -> None:
        """Replace the file in one step: a reader sees the old one or the new one, whole."""
        draft = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        with suppress(FileNotFoundError):
            draft.unlink()
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        os.replace(draft, self.path)

    @contextmanager
    def exclusively(self) -> Iterator[None]:
        """Nobody else who asks for the same is between reading and writing meanwhile."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self.path.with_name(f"{self.path.name}.lock"), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)
