"""Which of the languages at hand to use for somebody: the lookup of RFC 4647, section 3.4."""

from collections.abc import Collection, Iterator, Mapping
from itertools import chain


def best_language(available: Collection[str], locale: str | None, default: str) -> str | None:
    """The tag in `available` that serves `locale` best: pt-BR, then pt, then `default` likewise.
    None if there is none of them."""
    by_folded = {tag.lower(): tag for tag in available}
    wanted = chain(_ranges(locale or default), _ranges(default))
    return next((by_folded[tag] for tag in wanted if tag in by_folded), None)


def in_language(texts: Mapping[str, str], locale: str | None, default: str) -> str:
    """The text for `locale`. Raises LookupError where not even `default` has one."""
    language = best_language(texts, locale, default)
    if language is None:
        raise LookupError(f"no text in {default!r}")
    return texts[language]


def _ranges(locale: str) -> Iterator[str]:
    subtags = locale.replace("_", "-").lower().split("-")
    while subtags:
        yield "-".join(subtags)
        subtags.pop()
        if subtags and len(subtags[-1]) == 1:  # a singleton introduces what was just cut off
            subtags.pop()
