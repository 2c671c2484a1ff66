"""What the Markdown files of the project hold: links, headings and code."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.docs import PROJECT

_FOLDERS = ("docs", "deploy", "programme", "services", "shared")
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_SPAN = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]*))?\)")


def files() -> Sequence[Path]:
    """Every Markdown file that belongs to the project."""
    below = [file for folder in _FOLDERS for file in sorted((PROJECT / folder).rglob("*.md"))]
    return [*sorted(PROJECT.glob("*.md")), *below]


def links(file: Path) -> Iterator[tuple[Path, str]]:
    """File and heading ("" for none) that each relative link leads to."""
    for path, heading in _LINK.findall(_FENCED.sub("", file.read_text(encoding="utf-8"))):
        yield (file.parent / path).resolve() if path else file, heading


def headings(file: Path) -> set[str]:
    """The names by which links reach the headings of `file`."""
    prose = _FENCED.sub("", file.read_text(encoding="utf-8"))
    titles = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def blocks(file: Path) -> list[tuple[str, str]]:
    """Language and text of each fenced block."""
    return _FENCED.findall(file.read_text(encoding="utf-8"))


def spans(file: Path) -> list[str]:
    """Each piece of code inside the prose."""
    return _SPAN.findall(_FENCED.sub("", file.read_text(encoding="utf-8")))


def commands(file: Path) -> list[str]:
    """Each piece of code, and each line of the fenced blocks with its continuation lines."""
    lines = [
        line
        for _, text in blocks(file)
        for line in text.replace("\\\n", " ").splitlines()
        if line.strip()
    ]
    return [*spans(file), *(line.strip().removeprefix("$ ") for line in lines)]
