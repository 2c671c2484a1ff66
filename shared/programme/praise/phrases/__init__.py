"""The phrases of each language, one YAML file each: by reason, regular expressions, one a line.

They are written as folded text reads: small letters without accents, ' for every apostrophe. A
space stands for any white space or hyphens, ` … ` for up to six words of the same sentence. Each
must begin and end at the edge of a word. `any.yaml` holds for every language.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from ruamel.yaml import YAML

FALLBACK = "en"
_SPACE = r"[\s\-]+"
_WORDS = r"(?:[\s\-]+[^\s.!?;:\0]+){0,6}?[\s\-]+"


@dataclass(frozen=True, slots=True)
class Phrases:
    """One expression for each reason."""

    by_reason: tuple[tuple[str, re.Pattern[str]], ...]

    def find(self, folded: str) -> Iterator[tuple[re.Match[str], str]]:
        """Every match in a folded text, with the reason against it."""
        for reason, pattern in self.by_reason:
            for match in pattern.finditer(folded):
                yield match, reason


@lru_cache(maxsize=64)
def phrases_of(language: str) -> Phrases:
    """Those of a BCP 47 tag's language, and those that hold for all."""
    known = _known()
    own = language.split("-")[0].lower()
    merged: dict[str, list[str]] = {}
    for name in ("any", own if own in known else FALLBACK):
        for reason, phrases in _read(name).items():
            merged.setdefault(reason, []).extend(phrases.splitlines())
    return Phrases(tuple((reason, _compile(phrases)) for reason, phrases in merged.items()))


def _known() -> set[str]:
    names = (file.name for file in files(__package__).iterdir())
    return {name.removesuffix(".yaml") for name in names if name.endswith(".yaml")} - {"any"}


def _read(name: str) -> dict[str, str]:
    text = (files(__package__) / f"{name}.yaml").read_text(encoding="utf-8")
    content: dict[str, str] = YAML(typ="safe", pure=True).load(text)
    return content


def _compile(phrases: list[str]) -> re.Pattern[str]:
    written = (phrase.replace(" … ", _WORDS).replace(" ", _SPACE) for phrase in phrases)
    return re.compile(rf"(?<!\w)(?:{'|'.join(written)})(?!\w)")
