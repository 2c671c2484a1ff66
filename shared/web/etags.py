"""Entity tags (RFC 9110, section 8.8.3), and what a caller says that it has."""

import re

_TAG = re.compile(r'(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"')


def weak(tag: str) -> str:
    """The ETag of what is the same in meaning, if not in every byte."""
    return f'W/"{tag}"'


def is_known(tag: str, if_none_match: str | None) -> bool:
    """Whether the caller has what `tag` stands for: the weak comparison that If-None-Match is made
    by (section 13.1.2)."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or tag in _TAG.findall(if_none_match)
