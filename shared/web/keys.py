"""API keys: `Authorization: Bearer rq_<id>_<secret>`, of which only hashes are stored.

A plain SHA-256 is enough: the secret is 32 random bytes, so there is nothing to guess that a slow
password hash would have to protect, and a check costs a microsecond instead of a tenth of a second.
"""

import hashlib
import hmac
import math
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec
from fastapi import Request, Security
from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.security.base import SecurityBase
from starlette.exceptions import HTTPException

from shared.secret_file import SecretFile, Version
from shared.web.rate_limit import RateLimit

Scope = Literal[
    "events:write",
    "customers:write",
    "customers:read",
    "scores:read",
    "profiles:read",
    "profiles:write",
    "decisions:read",
    "messages:write",
    "preferences:read",
    "preferences:write",
    "inbox:read",
    "inbox:write",
    "cases:read",
    "cases:write",
    "surveys:write",
    "quarantine:read",
    "quarantine:write",
    "referrals:read",
    "referrals:write",
    "suggestions:read",
    "suggestions:write",
    "programme:read",
    "programme:write",
    "admin",
]
SCOPES: frozenset[str] = frozenset(get_args(Scope))


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls, as far as a key can tell."""

    key_id: str
    name: str
    scopes: frozenset[str]
    rate: float | None = None

    def may(self, scope: Scope) -> bool:
        """Whether the key has this scope; `admin` has all."""
        return scope in self.scopes or "admin" in self.scopes


class StoredKey(msgspec.Struct, frozen=True):
    """A key as it stands in the file: `hash` is the hex SHA-256 of the whole plain key.

    `rate` is how many requests a second it may make, 0 for any number; None for the usual rate.
    """

    id: str
    name: str
    scopes: tuple[Scope, ...]
    hash: str
    rate: float | None = None


class KeyRing:
    """The keys of one file, shared by all processes that have the file.

    The file is read again when another process has replaced it, so a key that is created or
    revoked counts from the next request on. Raises msgspec.DecodeError for a damaged file.
    """

    def __init__(self, file: Path, limit: RateLimit | None = None) -> None:
        self.limit = limit or RateLimit()
        self._file = SecretFile(file)
        self._version: Version | None = None
        self._keys: dict[str, tuple[bytes, Principal]] = {}

    def create(self, name: str, scopes: Iterable[Scope], rate: float | None = None) -> str:
        """Store a new key's hash and return the plain key, which can't be had again."""
        with self._file.exclusively():
            return self._append(name, scopes, rate)

    def create_first(self, name: str, scopes: Iterable[Scope]) -> str | None:
        """Like `create` if there is no key yet; else None. One process wins a concurrent start."""
        with self._file.exclusively():
            return None if self.list() else self._append(name, scopes)

    def list(self) -> tuple[StoredKey, ...]:
        """Every key, oldest first."""
        try:
            return msgspec.json.decode(self._file.path.read_bytes(), type=tuple[StoredKey, ...])
        except FileNotFoundError:
            return ()

    def revoke(self, key_id: str) -> bool:
        """Forget a key; False if there is none with this id."""
        with self._file.exclusively():
            keys = self.list()
            kept = [key for key in keys if key.id != key_id]
            self._write(kept)
            return len(kept) < len(keys)

    def check(self, header: str | bytes | None) -> Principal | None:
        """Whose key the value of an Authorization header holds; None if it holds no valid one."""
        if header is None:
            return None
        raw = header.encode("utf-8", "replace") if isinstance(header, str) else header
        if raw[:7].lower() != b"bearer ":
            return None
        plain = raw[7:].strip(b" ")
        key_id = plain[3 : plain.find(b"_", 3)].decode("latin-1")
        self._refresh()
        digest, principal = self._keys.get(key_id, (b"", None))
        matches = hmac.compare_digest(hashlib.sha256(plain).digest(), digest)
        return principal if matches else None

    def _refresh(self) -> None:
        version = self._file.version()
        if version is None:
            self._version, self._keys = None, {}
            return
        if version != self._version:
            self._keys = {
                key.id: (
                    bytes.fromhex(key.hash),
                    Principal(key.id, key.name, frozenset(key.scopes), key.rate),
                )
                for key in self.list()
            }
            self._version = version

    def _append(self, name: str, scopes: Iterable[Scope], rate: float | None = None) -> str:
        key_id = secrets.token_hex(6)
        plain = f"rq_{key_id}_{secrets.token_urlsafe(32)}"
        digest = hashlib.sha256(plain.encode()).hexdigest()
        self._write([*self.list(), StoredKey(key_id, name, tuple(scopes), digest, rate)])
        return plain

    def _write(self, keys: Iterable[StoredKey]) -> None:
        text = msgspec.json.format(msgspec.json.encode(list(keys)), indent=2)
        self._file.write(text + b"\n")


def authorise(keys: KeyRing, headers: Iterable[tuple[bytes, bytes]], scope: Scope) -> Principal:
    """Who sent these ASGI headers, if they may do what `scope` stands for.

    Raises HTTPException 401 or 403 with a challenge (RFC 6750, section 3), or 429 (RFC 6585),
    which a handler in a web app, plain ASGI or not, lets pass.
    """
    header = next((value for name, value in headers if name == b"authorization"), None)
    principal = keys.check(header)
    if principal is None:
        challenge = "Bearer" if header is None else 'Bearer error="invalid_token"'
        raise HTTPException(401, "A valid API key is needed", {"WWW-Authenticate": challenge})
    if not principal.may(scope):
        challenge = f'Bearer error="insufficient_scope", scope="{scope}"'
        raise HTTPException(403, f"The key lacks {scope}", {"WWW-Authenticate": challenge})
    wait = keys.limit.take(principal.key_id, principal.rate)
    if wait:
        retry_after = {"Retry-After": str(math.ceil(wait))}
        raise HTTPException(429, "The key has made too many requests", retry_after)
    return principal


class _ApiKey(SecurityBase):
    """The security scheme of the OpenAPI document and the check itself, in one dependency."""

    def __init__(self, scope: Scope) -> None:
        self.scheme_name = "apiKey"
        self.model = HTTPBearerModel(
            bearerFormat="rq_<id>_<secret>",
            description="An API key. Each operation names its scope; `admin` has all.",
        )
        self._scope = scope

    async def __call__(self, request: Request) -> Principal:
        return authorise(request.app.state.edge.keys, request.scope["headers"], self._scope)


def require(scope: Scope) -> Any:
    """A FastAPI dependency that gives the Principal: `dependencies=[require("scores:read")]`."""
    return Security(_ApiKey(scope), scopes=[scope])
