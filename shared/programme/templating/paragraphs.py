"""Lines as a template wraps them, put together into paragraphs and quotations."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

QUOTED = "    "
_SHORT = 45
_LINK = re.compile(r"https?://\S+", re.IGNORECASE)
_POINT = re.compile(r"[-*•–] ")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """`lines` as they are to be shown; of a quotation without its indentation."""

    lines: tuple[str, ...]
    is_quotation: bool


def paragraphs(text: str) -> Iterator[Paragraph]:
    """Those of a text whose lines were wrapped by hand: they are run together, but for quotations,
    links and points on lines of their own, and lines that are all short, such as a sign-off.

    Of Markup the lines are Markup too, and no different from those of the same text without.
    """
    for (is_blank, is_quotation), group in groupby(text.split("\n"), _kind):
        lines = tuple(group)
        if is_blank:
            continue
        if is_quotation:
            yield Paragraph(tuple(line.removeprefix(QUOTED) for line in lines), True)
        else:
            yield Paragraph(tuple(_run_together(lines)), False)


def _kind(line: str) -> tuple[bool, bool]:
    return not line.strip(), line.startswith(QUOTED)


def _run_together(lines: tuple[str, ...]) -> Iterator[str]:
    if all(len(_seen(line)) <= _SHORT for line in lines):
        yield from (line.strip() for line in lines)
        return
    current = lines[0].strip()
    for line in (line.strip() for line in lines[1:]):
        if _LINK.match(_seen(current)) or _LINK.match(_seen(line)) or _POINT.match(line):
            yield current
            current = line
        else:
            current += " " + line
    yield current


def _seen(line: str) -> str:
    return line.striptags() if isinstance(line, Markup) else " ".join(line.split())
