"""A file of secrets by name, shared by all processes and the command line."""

import json
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec
import structlog
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from shared.errors import Unavailable
from shared.secret_file import SecretFile, Version

Secrets = Mapping[str, tuple[str, ...]]

log = structlog.get_logger()


class NamedSecrets:
    """A mapping from a name to its secret or a list of them, newest first; YAML where the file's
    name says so, else JSON.

    The file is read again when it was replaced or changed, so that a secret counts from its next
    use on. A damaged file raises Unavailable: whoever needs it tries again once it is mended.
    """

    def __init__(self, file: Path) -> None:
        self._file = SecretFile(file)
        self._version: Version | None = None
        self._secrets: Secrets = {}

    def of(self, name: str) -> Sequence[str]:
        """Every secret that counts."""
        return self.all().get(name, ())

    def all(self) -> Secrets:
        """The secrets of every name in the file; none without a file."""
        version = self._file.version()
        if version is None:
            self._version, self._secrets = None, {}
            return self._secrets
        if version != self._version:
            self._secrets = self._read()
            self._version = version
        return self._secrets

    def add(self, name: str, secret: str) -> None:
        """Let `secret` count too, as the newest."""
        with self._file.exclusively():
            known = self.of(name)
            kept = (one for one in known if one != secret)
            self._write({**self.all(), name: (secret, *kept)})

    def retire_old(self, name: str) -> int:
        """Let only the newest count from now on; returns how many no longer do."""
        with self._file.exclusively():
            known = self.of(name)
            if len(known) > 1:
                self._write({**self.all(), name: (known[0],)})
            return max(0, len(known) - 1)

    def _read(self) -> Secrets:
        try:
            text = self._file.path.read_text(encoding="utf-8")
            content = YAML(typ="safe", pure=True).load(text) if self._is_yaml else json.loads(text)
            listed = msgspec.convert(content or {}, dict[str, str | list[str]])
        except (OSError, ValueError, YAMLError, msgspec.ValidationError, RecursionError) as error:
            log.error("secrets_unreadable", file=self._file.path.name, kind=type(error).__name__)
            raise Unavailable("a file of secrets can't be read") from None
        lists = ((name, [one] if isinstance(one, str) else one) for name, one in listed.items())
        return {name: tuple(secret for secret in secrets if secret) for name, secrets in lists}

    def _write(self, secrets: Secrets) -> None:
        content: dict[str, Any] = {name: list(listed) for name, listed in secrets.items()}
        self._file.write(self._text(content).encode())

    def _text(self, content: dict[str, Any]) -> str:
        if not self._is_yaml:
            return json.dumps(content, indent=2) + "\n"
        stream = StringIO()
        YAML(typ="safe", pure=True).dump(content, stream)
        return stream.getvalue()

    @property
    def _is_yaml(self) -> bool:
        return self._file.path.suffix in (".yaml", ".yml")
