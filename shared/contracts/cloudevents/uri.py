"""The RFC 3986 grammar: URI references (section 4.1) and absolute URIs (section 4.3)."""

import re
from ipaddress import AddressValueError, IPv6Address

from shared.contracts.cloudevents.remembered import remembered

_PLAIN = r"A-Za-z0-9\-._~!$&'()*+,;="
_ESCAPE = r"%[0-9A-Fa-f]{2}"
_PCHAR = rf"(?:[{_PLAIN}:@]|{_ESCAPE})"
_PCHAR_NO_COLON = rf"(?:[{_PLAIN}@]|{_ESCAPE})"
_IP_LITERAL = rf"\[(?:v[0-9A-Fa-f]+\.[{_PLAIN}:]+|(?P<ipv6>[0-9A-Fa-f:.]+))\]"
_HOST = rf"(?:{_IP_LITERAL}|(?:[{_PLAIN}]|{_ESCAPE})*)"
_AUTHORITY = rf"(?:(?:[{_PLAIN}:]|{_ESCAPE})*@)?{_HOST}(?::[0-9]*)?"
_SEGMENTS = rf"(?:/{_PCHAR}*)*"
_SCHEME = r"[A-Za-z][A-Za-z0-9+\-.]*:"
_QUERY = rf"(?:\?(?:{_PCHAR}|[/?])*)?"
_FRAGMENT = rf"(?:#(?:{_PCHAR}|[/?])*)?"


def _path(first: str) -> str:
    return rf"(?:/(?:{_PCHAR}+{_SEGMENTS})?|{first}+{_SEGMENTS})?"


# The three shapes stay apart because a named group may stand only once in one pattern.
_WITH_AUTHORITY = re.compile(rf"(?P<scheme>{_SCHEME})?//{_AUTHORITY}{_SEGMENTS}{_QUERY}{_FRAGMENT}")
_WITH_SCHEME = re.compile(rf"(?P<scheme>{_SCHEME}){_path(_PCHAR)}{_QUERY}{_FRAGMENT}")
_RELATIVE = re.compile(rf"{_path(_PCHAR_NO_COLON)}{_QUERY}{_FRAGMENT}")


@remembered
def is_uri_reference(text: str) -> bool:
    """Tell whether `text` is a URI or a relative reference; the empty one counts."""
    if (match := _WITH_AUTHORITY.fullmatch(text)) is not None:
        return match["ipv6"] is None or _is_ipv6(match["ipv6"])
    return _WITH_SCHEME.fullmatch(text) is not None or _RELATIVE.fullmatch(text) is not None


@remembered
def is_absolute_uri(text: str) -> bool:
    """Tell whether `text` has a scheme and no fragment."""
    return (
        "#" not in text and re.match(_SCHEME, text, re.ASCII) is not None and is_uri_reference(text)
    )


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return True
