"""YAML text to plain data, with the place of every member.

The node tree is read rather than constructed objects: it has a mark for every node, and numbers
can be taken from their digits, so that 1.17 is exactly that.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from shared.programme.problems import Problem, did_you_mean
from shared.programme.spans import Span, span_of

Place = tuple[int, int]

_TAG = "tag:yaml.org,2002:"
_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Document:
    """One file's data: dict, list, str, int, Decimal, bool or None.

    `places` has line and column by JSON Pointer: of the key for a member, of the item in a list;
    `spans` has the texts.
    """

    file: str
    data: Any
    places: Mapping[str, Place]
    spans: Mapping[str, Span] = field(default_factory=dict, repr=False, compare=False)

    def problem(self, pointer: str, message: str) -> Problem:
        """A problem at `pointer`, or at the closest place around it."""
        place = pointer
        while place and place not in self.places:
            place = place.rpartition("/")[0]
        line, column = self.places.get(place, (1, 1))
        return Problem(self.file, line, column, pointer, message)

    def problem_within(self, pointer: str, offset: int, message: str) -> Problem:
        """A problem with the character at `offset` of the text at `pointer`."""
        return Problem(self.file, *self.spans[pointer].place(offset), pointer, message)

    def unknown(self, pointer: str, word: str, known: Collection[str]) -> Problem:
        """A problem with a `word` that is none of those `known`."""
        hint = did_you_mean(word, known) or f" Known: {', '.join(sorted(known)) or 'none'}."
        return self.problem(pointer, f"'{word}' is unknown.{hint}")


def parse(text: str, file: str) -> tuple[Document | None, list[Problem]]:
    """The document of `text`, None if it is no single YAML document; and what is wrong with it."""
    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        return None, [Problem(file, line, column, "", f"not YAML: {error.problem}")]
    except (YAMLError, RecursionError) as error:
        return None, [Problem(file, 1, 1, "", f"not YAML: {str(error).splitlines()[0]}")]
    if root is None:
        return None, [Problem(file, 1, 1, "", "is empty")]
    reader = _Reader(file, text)
    data = reader.read(root, "")
    return Document(file, data, reader.places, reader.spans), reader.problems


@dataclass
class _Reader:
    file: str
    text: str
    places: dict[str, Place] = field(default_factory=dict)
    spans: dict[str, Span] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)

    def read(self, node: Node, pointer: str) -> Any:
        self.places.setdefault(pointer, _place(node))
        if id(node) in self.seen:
            self.complain(node, pointer, "anchors and aliases are not used in a programme")
            return None
        self.seen.add(id(node))
        if isinstance(node, MappingNode):
            return self.read_mapping(node, pointer)
        if isinstance(node, SequenceNode):
            return [self.read(item, f"{pointer}/{i}") for i, item in enumerate(node.value)]
        assert isinstance(node, ScalarNode)  # noqa: S101 - there is no other kind
        return self.read_scalar(node, pointer)

    def read_mapping(self, node: MappingNode, pointer: str) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self.complain(key, pointer, "a key must be a plain word")
                continue
            member = f"{pointer}/{escape(key.value)}"
            if key.value in data:
                first = self.places[member][0]
                self.complain(key, member, f"appears twice, first in line {first}")
                continue
            self.places[member] = _place(key)
            data[key.value] = self.read(value, member)
        return data

    def read_scalar(self, node: ScalarNode, pointer: str) -> str | int | Decimal | bool | None:
        text: str = node.value
        match str(node.tag).removeprefix(_TAG):
            case "str" | "timestamp":
                self.spans[pointer] = span_of(node, self.text)
                return text
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int" | "float" if _NUMBER.fullmatch(text):
                return Decimal(text) if "." in text else int(text)
            case "int" | "float":
                self.complain(node, pointer, "a number must be written in plain digits")
            case _:
                self.complain(node, pointer, "tags are not used in a programme")
        return None

    def complain(self, node: Node, pointer: str, message: str) -> None:
        self.problems.append(Problem(self.file, *_place(node), pointer, message))


def escape(key: str) -> str:
    """A key as a token of a JSON Pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def _place(node: Node) -> Place:
    return node.start_mark.line + 1, node.start_mark.column + 1
