"""What CLDR knows of the language of a template."""

from functools import lru_cache

from babel import Locale, UnknownLocaleError

_INTEGERS = range(1001)


@lru_cache(maxsize=64)
def cldr(language: str) -> Locale:
    """The locale of a BCP 47 tag, or of the closest one around it, in the end of the root."""
    subtags = language.split("-")
    while subtags:
        try:
            return Locale.parse("-".join(subtags), sep="-")
        except (UnknownLocaleError, ValueError):
            subtags.pop()
    return Locale.parse("root")


def is_right_to_left(language: str) -> bool:
    """Whether it is written from right to left, as Arabic is."""
    return cldr(language).character_order == "right-to-left"


def plural_categories(language: str) -> frozenset[str]:
    """Those that counting things takes in it, of zero, one, two, few, many and other; not what
    only fractions and millions take."""
    locale = cldr(language)
    return frozenset(locale.plural_form(number) for number in _INTEGERS)
