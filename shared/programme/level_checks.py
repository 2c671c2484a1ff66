"""Whether the levels that an expression compares with are levels of scoring.yaml.

To the expression language a level is any text, so a misspelt one would be a segment of nobody.
"""

import re
from collections.abc import Collection, Iterator

from shared.programme.problems import did_you_mean

_COMPARED = re.compile(r"""(?<![.\w])level\s*(?:==|!=|in)\s*(?P<with>\[[^\]]*\]|"[^"]*"|'[^']*')""")
_WORD = re.compile(r"""(["'])(?P<word>[^"']*)\1""")


def unknown_levels(expression: str, levels: Collection[str]) -> Iterator[tuple[int, str]]:
    """Offset and reason for each word that `level` is compared with and that is none of `levels`;
    empty is nobody's, and that is known."""
    for compared in _COMPARED.finditer(expression):
        for found in _WORD.finditer(compared["with"]):
            word = found["word"]
            if word and word not in levels:
                hint = did_you_mean(word, levels) or f" Levels are: {', '.join(levels)}."
                yield compared.start("with") + found.start(), f"'{word}' is no level.{hint}"
