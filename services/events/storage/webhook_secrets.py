"""The file of webhook secrets, shared by all processes and the command line."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec
import structlog
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from shared.errors import Unavailable

Secrets = Mapping[str, tuple[str, ...]]

log = structlog.get_logger()


class WebhookSecretsFile:
    """A mapping from a source's name to its secret or a list of them, newest first; YAML where
    the file's name says so, else JSON.

    The file is read again when it was replaced or changed, so that a secret counts from the next
    delivery on. A damaged file raises Unavailable: the platform sends again once it is mended.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._version: tuple[int, int, int] | None = None
        self._secrets: Secrets = {}

    def of(self, source: str) -> Sequence[str]:
        """Every secret that counts."""
        return self.all().get(source, ())

    def all(self) -> Secrets:
        """The secrets of every source in the file; none without a file."""
        try:
            found = os.stat(self._file)
        except FileNotFoundError:
            self._version, self._secrets = None, {}
            return self._secrets
        version = (found.st_mtime_ns, found.st_ino, found.st_size)
        if version != self._version:
            self._secrets = self._read()
            self._version = version
        return self._secrets

    def add(self, source: str, secret: str) -> None:
        """Let `secret` count too, as the newest."""
        with self._exclusively():
            known = self.of(source)
            kept = (one for one in known if one != secret)
            self._write({**self.all(), source: (secret, *kept)})

    def retire_old(self, source: str) -> int:
        """Let only the newest count from now on; returns how many no longer do."""
        with self._exclusively():
            known = self.of(source)
            if len(known) > 1:
                self._write({**self.all(), source: (known[0],)})
            return max(0, len(known) - 1)

    def _read(self) -> Secrets:
        try:
            text = self._file.read_text(encoding="utf-8")
            content = YAML(typ="safe", pure=True).load(text) if self._is_yaml else json.loads(text)
            listed = msgspec.convert(content or {}, dict[str, str | list[str]])
        except (OSError, ValueError, YAMLError, msgspec.ValidationError, RecursionError) as error:
            log.error("webhook_secrets_unreadable", kind=type(error).__name__)
            raise Unavailable("the file of webhook secrets can't be read") from None
        lists = ((name, [one] if isinstance(one, str) else one) for name, one in listed.items())
        return {name: tuple(secret for secret in secrets if secret) for name, secrets in lists}

    def _write(self, secrets: Secrets) -> None:
        content: dict[str, Any] = {name: list(listed) for name, listed in secrets.items()}
        draft = self._file.with_name(f"{self._file.name}.{os.getpid()}")
        with suppress(FileNotFoundError):
            draft.unlink()
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(self._text(content))
            file.flush()
            os.fsync(descriptor)
        os.replace(draft, self._file)

    def _text(self, content: dict[str, Any]) -> str:
        if not self._is_yaml:
            return json.dumps(content, indent=2) + "\n"
        stream = StringIO()
        YAML(typ="safe", pure=True).dump(content, stream)
        return stream.getvalue()

    @property
    def _is_yaml(self) -> bool:
        return self._file.suffix in (".yaml", ".yml")

    @contextmanager
    def _exclusively(self) -> Iterator[None]:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(
            self._file.with_name(f"{self._file.name}.lock"), os.O_CREAT | os.O_RDWR, 0o600
        )
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)
