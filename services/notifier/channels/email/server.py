"""Which mail server, from the URL in a setting."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from shared.errors import Invalid

_DEFAULT_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
_NO_SERVER = "a mail server is smtp://, smtp+starttls:// or smtps://, followed by host:port"


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server. `start_tls` None is "if the server offers it"."""

    host: str
    port: int
    use_tls: bool
    start_tls: bool | None
    username: str | None
    password: str | None


def read_url(url: str) -> Server:
    """`smtp://user:password@host:port`, `smtp+starttls://…` or `smtps://…`. Raises Invalid.

    `smtps` is TLS from the first byte on (RFC 8314); `smtp+starttls` goes on only once STARTTLS
    (RFC 3207) has succeeded; `smtp` takes STARTTLS where the server offers it, which somebody in
    between can prevent. A password is sent over TLS only, except to this machine itself.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
    except (ValueError, KeyError):
        raise Invalid(_NO_SERVER) from None
    if not parts.hostname or parts.scheme not in _DEFAULT_PORTS:
        raise Invalid(_NO_SERVER)
    use_tls = parts.scheme == "smtps"
    must_be_secret = parts.password is not None and not _is_loopback(parts.hostname)
    must_start_tls = parts.scheme == "smtp+starttls" or must_be_secret
    return Server(
        host=parts.hostname,
        port=port,
        use_tls=use_tls,
        start_tls=False if use_tls else (True if must_start_tls else None),
        username=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else unquote(parts.password),
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
