"""Free text as it is kept: plain, bounded, without characters that do something."""

import unicodedata

MAX_LENGTH = 4000

# Embeddings, overrides and isolates: they make text read differently from what it says.
_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_DROPPED_CATEGORIES = frozenset(("Cc", "Cs"))


def clean(text: str) -> str:
    """`text` with line breaks as \\n and without control characters, reordering and margins."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(character for character in lines if _stays(character)).strip()


def _stays(character: str) -> bool:
    if character in "\n\t":
        return True
    return (
        character not in _REORDERING and unicodedata.category(character) not in _DROPPED_CATEGORIES
    )
