"""A letter's body as a short message: one paragraph, no longer than the provider takes."""

import re
from collections.abc import Sequence

# Three dots: "…" is not in the alphabet of SMS (GSM 03.38) and would halve what fits in one.
ELLIPSIS = "..."
_is_link = re.compile(r"https?://").match


def shorten(text: str, most: int) -> str:
    """At most `most` characters: words from the start, an ellipsis, and every link that follows
    what was cut, as long as they fit; a link is kept whole or left out."""
    words = text.split()
    whole = " ".join(words)
    if len(whole) <= most:
        return whole
    return _cut(words, most) or _cut([word for word in words if not _is_link(word)], most) or ""


def _cut(words: Sequence[str], most: int) -> str | None:
    for kept in range(len(words) - 1, -1, -1):
        links = [word for word in words[kept:] if _is_link(word)]
        start = " ".join(words[:kept])
        if kept and _is_link(words[kept - 1]):
            start += " "  # An ellipsis would be read as a part of the link.
        short = " ".join([start + ELLIPSIS, *links])
        if kept and len(short) <= most:
            return short
    return _cut_word(words, most)


def _cut_word(words: Sequence[str], most: int) -> str | None:
    """Not even one word fits: as much of it, unless there are links to be told instead."""
    links = " ".join(word for word in words if _is_link(word))
    if links:
        return links if len(links) <= most else None
    return words[0][: max(0, most - len(ELLIPSIS))] + ELLIPSIS[:most] if words else None
