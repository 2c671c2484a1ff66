"""A running instance that a command talks to: its key, and what its answers mean."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

REQUEST_SECONDS = 60.0


class WrongUse(Exception):
    """Something about the call that the caller has to change."""


class Refused(Exception):
    """The instance refused; `status` is the HTTP status, the text says why, a line a reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Away(Exception):
    """The instance can't be reached, or asks to come again later."""


def data_folder() -> Path:
    """Where an instance in this folder keeps its data."""
    return Path(os.environ.get("REQUITE_DATA_DIR", "data"))


def api_key(key: str | None, key_file: Path | None) -> str:
    """The key as given, or in a file. Raises WrongUse: none given, or none that could stand in a
    header."""
    if key is None:
        file = key_file or data_folder() / "api-key"
        if key_file is None and not file.is_file():
            raise WrongUse(f"no API key: give --key-file, REQUITE_API_KEY, or have {file}")
        key = file.read_text("utf-8").strip()
    if not key or not key.isascii() or not key.isprintable():
        raise WrongUse("this is no API key")
    return key


class Instance:
    """An instance over HTTP."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def get(self, path: str) -> dict[str, Any]:
        """The answer's members. Raises Refused; Away."""
        return self._call("GET", path, None)

    def post(
        self, path: str, body: str | bytes, media_type: str = "application/json"
    ) -> dict[str, Any]:
        """The same for what is sent."""
        return self._call("POST", path, body, media_type)

    def _call(
        self, method: str, path: str, body: str | bytes | None, media_type: str = ""
    ) -> dict[str, Any]:
        headers = {} if body is None else {"Content-Type": media_type}
        try:
            answer = self._client.request(method, path, content=body, headers=headers)
        except httpx.HTTPError as error:
            address = self._client.base_url
            raise Away(f"{address} can't be reached: {type(error).__name__}") from None
        if answer.status_code in (429, 502, 503, 504):
            raise Away(_reason(answer))
        if not answer.is_success:
            raise Refused(answer.status_code, _reason(answer))
        members: dict[str, Any] = answer.json()
        return members


@contextmanager
def open_instance(url: str, key: str | None, key_file: Path | None) -> Iterator[Instance]:
    """Raises WrongUse."""
    headers = {"Authorization": f"Bearer {api_key(key, key_file)}"}
    try:
        client = httpx.Client(base_url=url, headers=headers, timeout=REQUEST_SECONDS)
    except (httpx.InvalidURL, ValueError) as error:
        raise WrongUse(f"--url: {error}") from None
    with client:
        yield Instance(client)


def _reason(answer: httpx.Response) -> str:
    """What a problem (RFC 9457) says, with the place of each error."""
    try:
        problem = answer.json()
        errors = [
            f"{one.get('pointer') or one.get('parameter') or ''}: {one['detail']}"
            for one in problem.get("errors", ())
        ]
        return "\n".join(errors) or problem.get("detail") or problem["title"]
    except (ValueError, KeyError, AttributeError):
        return f"HTTP {answer.status_code}"
