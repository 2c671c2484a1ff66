"""How people are found by their name: by the beginning of any of its words, whatever the case."""

import re
import unicodedata
from collections.abc import Sequence

_WORD = re.compile(r"\w+")
_MOST_WORDS, _LONGEST_WORD = 32, 64


def name_words(name: str | None) -> Sequence[str]:
    """The words to find a name by, each once, in order: NFKC and without case (Unicode, sections
    3.11 and 3.13). Of a long name the first 32, of a long word the first 64 characters."""
    # Case folding can undo the normal form, which then has to be made again.
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name or "").casefold())
    words = dict.fromkeys(word[:_LONGEST_WORD] for word in _WORD.findall(folded))
    return sorted(list(words)[:_MOST_WORDS])


def is_found_by(word: str, name: str | None, prefixes: Sequence[str]) -> bool:
    """Whether each of `prefixes` begins some word of the name, and `word` is the first of those
    that the leading prefix begins, so that nobody is found by two words."""
    words = name_words(name)
    leading = leading_prefix(prefixes)
    if next((one for one in words if one.startswith(leading)), None) != word:
        return False
    return has_prefixes(name, prefixes)


def has_prefixes(name: str | None, prefixes: Sequence[str]) -> bool:
    """Whether each of `prefixes` begins some word of the name."""
    words = name_words(name)
    return all(any(one.startswith(prefix) for one in words) for prefix in prefixes)


def leading_prefix(prefixes: Sequence[str]) -> str:
    """The one to look up, which as the longest should begin the fewest words."""
    return max(prefixes, key=lambda prefix: (len(prefix), prefix))


def end_of(prefix: str) -> str:
    """What is greater than all words that `prefix` begins."""
    return prefix + "\U0010ffff"
