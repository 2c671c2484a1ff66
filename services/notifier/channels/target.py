"""Where requests go: a URL in a channel's options."""

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from services.notifier.channels.addresses import is_public
from shared.errors import Invalid


def check_target(url: str, pointer: str, *, private: bool) -> SplitResult:
    """Its parts. `private`: plain http and private addresses will do. Raises Invalid."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise Invalid("not a URL", pointer) from None
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        raise Invalid("must begin with https:// (REQUITE_WEBHOOK_PRIVATE allows http)", pointer)
    if not host or not url.isascii() or any(sign <= " " for sign in url):
        raise Invalid("must have a host, in ASCII, and no space", pointer)
    if "@" in parts.netloc or parts.fragment:
        raise Invalid("no user, no password and no fragment; secrets have a file", pointer)
    if not private and _is_forbidden(host):
        raise Invalid("not an address of the public internet", pointer)
    return parts


def _is_forbidden(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return not is_public(host)
