"""Find in a text what thanks don't say."""

import re
from dataclasses import dataclass
from typing import Protocol

from shared.programme.praise.folding import fold
from shared.programme.praise.phrases import phrases_of
from shared.programme.templating.paragraphs import QUOTED


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """`words` of the text that thanks don't say, and why; line and column count from 1."""

    line: int
    column: int
    words: str
    reason: str


class Message(Protocol):
    """What a customer is going to read."""

    @property
    def subject(self) -> str: ...

    @property
    def body(self) -> str: ...

    @property
    def language(self) -> str: ...


_CODE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_LITERAL = re.compile(r"\"[^\"]*\"|'[^']*'")
_OTHERS_WORDS = re.compile(
    rf"^{QUOTED}.*$|“[^”\n]*”|«[^»\n]*»|„[^”“\n]*[”“]|\"[^\"\n]*\"", re.MULTILINE
)
_SPACE = re.compile(r"\s+")


def faults(text: str, language: str) -> list[Fault]:
    """Every phrase in `text` that sells, presses, or asks for a review on a condition. A language
    of which no phrases are known is read as English."""
    folded, origins = fold(text)
    found = []
    for match, reason in phrases_of(language).find(folded):
        start, end = match.start(), match.end() - 1
        if origins is not None:
            start, end = origins[start], origins[end]
        found.append(_fault(text, start, end + 1, reason))
    return sorted(found)


def faults_of_source(source: str, language: str) -> list[Fault]:
    """The same of a template: of its own words, those in its expressions included."""
    return faults(_CODE.sub(lambda code: _literals(code[0]), source), language)


def praise_faults_of(message: Message) -> list[Fault]:
    """The same of a message that is ready to go, but for what stands in quotation marks or as a
    quotation: that is another person's word. Its first line is the subject, its second is empty."""
    return faults(own_words(f"{message.subject}\n\n{message.body}"), message.language)


def own_words(text: str) -> str:
    """The text with spaces for everything in quotation marks and in quotations."""
    return _OTHERS_WORDS.sub(lambda quoted: _blank(quoted[0]), text)


def _fault(text: str, start: int, end: int, reason: str) -> Fault:
    line = text.count("\n", 0, start) + 1
    column = start - text.rfind("\n", 0, start)
    return Fault(line, column, _SPACE.sub(" ", text[start:end]), reason)


def _literals(code: str) -> str:
    kept = bytearray(len(code))
    for literal in _LITERAL.finditer(code) if not code.startswith("{#") else ():
        kept[literal.start() + 1 : literal.end() - 1] = b"\1" * (len(literal[0]) - 2)
    return "".join(char if keep else _blank(char) for char, keep in zip(code, kept, strict=True))


def _blank(text: str) -> str:
    return "".join("\n" if char == "\n" else " " for char in text)
