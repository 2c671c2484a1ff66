"""How far an import has come, on disk: written after each acknowledged batch."""

import hashlib
import os
from pathlib import Path

import msgspec

VERSION = 1


class Refused(msgspec.Struct, frozen=True):
    """An event that the target would not take."""

    event_id: str
    order_id: str
    reason: str


class Progress(msgspec.Struct, frozen=True):
    """What has been acknowledged: everything up to the act at `position` (time, event id). Of
    what was accepted, `waiting` acts wait until somebody is known by their alias."""

    position: tuple[str, str] = ("", "")
    accepted: int = 0
    refused: tuple[Refused, ...] = ()
    waiting: int = 0


class Checkpoint:
    """The progress of one file through one mapping to one target."""

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self._path = folder / f"{fingerprint}.json"

    def load(self) -> Progress:
        """What was saved, or no progress at all; a damaged file counts as none."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Progress)
        except (FileNotFoundError, msgspec.DecodeError):
            return Progress()

    def save(self, progress: Progress) -> None:
        """Replace the file in one step; after a crash the old or the new one stands. OSError."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = self._path.with_suffix(".part")
        with part.open("wb") as file:
            file.write(msgspec.json.encode(progress))
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._path)

    def clear(self) -> None:
        """Forget the progress."""
        self._path.unlink(missing_ok=True)


def fingerprint(file: Path, mapping: str, target: str) -> str:
    """64 hexadecimal digits that say: these bytes, read this way, sent there."""
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return hashlib.sha256("\0".join([str(VERSION), digest, mapping, target]).encode()).hexdigest()
