"""Media types as RFC 2046 writes them, and how data of that type stands in JSON."""

import re

import msgspec

from shared.contracts.cloudevents.remembered import remembered

_WORD = r"[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+"
_QUOTED = r'"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*"'
_VALUE = rf"(?:{_WORD}|{_QUOTED})"
_MEDIA_TYPE = re.compile(
    rf"(?P<type>{_WORD})/(?P<subtype>{_WORD})(?P<parameters>(?: *; *{_WORD}={_VALUE})*)"
)
_PARAMETER = re.compile(rf" *; *(?P<name>{_WORD})=(?P<value>{_VALUE})")
_TEXTUAL_SUBTYPES = {"xml", "javascript", "yaml", "x-www-form-urlencoded", "sql", "graphql"}
# Characters in a charset of any other name are refused as JSON text and go as Base64.
_UNICODE = frozenset({"utf-8", "utf-16", "utf-16le", "utf-16be"})
_WESTERN = frozenset({"us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252"})
_EASTERN = frozenset({"iso-8859-2", "windows-1250", "windows-1251", "koi8-r"})
_ASIAN = frozenset({"big5", "euc-jp", "euc-kr", "gb18030", "shift_jis"})
_CHARSETS = _UNICODE | _WESTERN | _EASTERN | _ASIAN


class MediaType(msgspec.Struct, frozen=True):
    """What `datacontenttype` says of the data.

    `is_json`: the subtype is `json` or ends in `+json`. `is_text`: characters, in `charset`,
    which is None where the named charset is unknown here. `is_event`: itself an event format.
    """

    is_json: bool
    is_text: bool
    is_event: bool
    charset: str | None


@remembered
def parse_media_type(text: str) -> MediaType | None:
    """Read a media type with its parameters; None where RFC 2046 does not allow it."""
    match = _MEDIA_TYPE.fullmatch(text)
    if match is None:
        return None
    main, sub = match["type"].lower(), match["subtype"].lower()
    parameters = {
        each["name"].lower(): each["value"] for each in _PARAMETER.finditer(match["parameters"])
    }
    return MediaType(
        is_json=sub == "json" or sub.endswith("+json"),
        is_text=main == "text"
        or sub in _TEXTUAL_SUBTYPES
        or sub.endswith(("+xml", "+yaml"))
        or "charset" in parameters,
        is_event=f"{main}/{sub}".startswith("application/cloudevents"),
        charset=_charset(parameters.get("charset", "utf-8")),
    )


def _charset(value: str) -> str | None:
    name = value.strip('"').lower()
    return name if name in _CHARSETS else None
