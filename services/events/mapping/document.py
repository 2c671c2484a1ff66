"""A YAML document that knows its lines, checked against a JSON Schema."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from shared.errors import RequiteError

MAX_CHARACTERS = 65_536

Path = Sequence[str | int]

# What ruamel.yaml lets slip for some documents that are none, besides errors of its own.
_SLIPS = (TypeError, ValueError, LookupError, AttributeError, AssertionError, RecursionError)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """What is wrong, and where: the line from 1, and a JSON Pointer (RFC 6901)."""

    line: int
    reason: str
    pointer: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


class MappingError(RequiteError):
    """A mapping that says nothing that could be carried out; `problems` in order of line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("; ".join(map(str, self.problems)))


class Document:
    """A parsed document: `root` (mappings, lists, scalars) and the line of every path in it."""

    def __init__(self, root: Any) -> None:
        self.root = root

    @classmethod
    def parse(cls, source: str) -> "Document":
        """Raises MappingError: no YAML, no mapping, or more than MAX_CHARACTERS."""
        if len(source) > MAX_CHARACTERS:
            raise MappingError([Problem(1, f"more than {MAX_CHARACTERS} characters")])
        try:
            root: Any = YAML(typ="rt").load(source)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise MappingError(
                [Problem(mark.line + 1 if mark else 1, f"no valid YAML: {error.problem}")]
            ) from None
        except YAMLError as error:
            reason = str(error).splitlines()[0]
            raise MappingError([Problem(1, f"no valid YAML: {reason}")]) from None
        except _SLIPS:
            raise MappingError(
                [Problem(1, "no valid YAML: a key or value of a strange kind")]
            ) from None
        if not isinstance(root, dict):
            raise MappingError([Problem(1, "no mapping of keys to values")])
        return cls(root)

    def line(self, path: Path) -> int:
        """The line, from 1, of the key or item at `path`, or of its nearest known parent."""
        found, node = 1, self.root
        for step in path:
            marks = getattr(node, "lc", None)
            try:
                if isinstance(node, dict) and marks is not None:
                    found = marks.key(step)[0] + 1
                elif isinstance(node, list) and marks is not None:
                    found = marks.item(step)[0] + 1
                node = node[step]
            except (KeyError, IndexError, TypeError):
                break
        return found

    def check(self, validator: Draft202012Validator) -> None:
        """Raises MappingError with everything that breaks the schema."""
        problems = [self._problem(error) for error in validator.iter_errors(self.root)]
        if problems:
            raise MappingError(problem for group in problems for problem in group)

    def _problem(self, error: ValidationError) -> list[Problem]:
        if error.validator != "oneOf":
            error = best_match([error]) or error
        path = list(error.absolute_path)
        instance: Any = error.instance
        schema: Any = error.schema
        match error.validator:
            case "additionalProperties":
                known = schema.get("properties", {})
                listed = ", ".join(known)
                return [
                    self.problem(path, f"unknown key '{key}'; known are {listed}", key)
                    for key in instance
                    if key not in known
                ]
            case "required":
                missing = [key for key in schema["required"] if key not in instance]
                return [self.problem(path, f"'{key}' is missing") for key in missing]
            case "oneOf" if instance.keys() - schema["properties"]:
                return []  # the unknown key is told already
            case "oneOf":
                return [self.problem(path, f"expected {schema['description']}")]
            case "pattern" if "propertyNames" in error.absolute_schema_path:
                reason = f"'{instance}' is not {schema['description']}"
                return [self.problem(path, reason, instance)]
            case _:
                expected = schema.get("description")
                reason = f"expected {expected}" if expected else error.message[:300]
                return [self.problem(path, reason)]

    def problem(self, path: Path, reason: str, key: str | int | None = None) -> Problem:
        """What is wrong at `path`; on the line of its member `key` where one is named."""
        where = ".".join(map(str, path)) or "the mapping"
        place = path if key is None else [*path, key]
        pointer = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in place)
        return Problem(self.line(place), f"{where}: {reason}", pointer)
