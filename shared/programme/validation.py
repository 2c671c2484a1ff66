"""A document against its JSON Schema, in words that help whoever wrote the file."""

import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from shared.programme.documents import Document, escape
from shared.programme.problems import Problem, did_you_mean

KINDS = (
    "programme",
    "scoring",
    "thanks",
    "survey",
    "source",
    "referrals",
    "act",
    "discovery",
    "moments",
    "segment",
    "circle",
    "attention",
    "channel",
)

_TYPES = {
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping of keys to values",
}


def schema(kind: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of one of `KINDS`."""
    source = files(__package__) / "schemas" / f"{kind}.schema.json"
    content: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    return content


def check_schema(document: Document, kind: str) -> Iterator[Problem]:
    """Everything in `document` that the schema of `kind` refuses."""
    errors = list(_validator(kind).iter_errors(document.data))
    mistyped = {_pointer(error) for error in errors if error.validator == "type"}
    for error in errors:
        if error.validator == "type" or _pointer(error) not in mistyped:
            yield from _problems(document, _pointer(error), error)


@lru_cache(maxsize=len(KINDS))
def _validator(kind: str) -> Draft202012Validator:
    return Draft202012Validator(schema(kind), format_checker=FormatChecker(["date", "regex"]))


def _pointer(error: ValidationError) -> str:
    return "".join(f"/{escape(str(part))}" for part in error.absolute_path)


def _problems(document: Document, pointer: str, error: ValidationError) -> Iterator[Problem]:
    instance: Any = error.instance
    rules: Any = error.schema
    wanted: Any = error.validator_value
    match error.validator:
        case "additionalProperties":
            known = rules["properties"]
            for key in sorted(set(instance) - set(known)):
                hint = did_you_mean(key, known) or f" Known here: {', '.join(known) or 'none'}."
                yield document.problem(f"{pointer}/{escape(key)}", f"unknown key.{hint}")
        case "required":
            for key in wanted:
                if key not in instance:
                    yield document.problem(pointer, f"'{key}' is missing")
        case "pattern" if "propertyNames" in error.absolute_schema_path:
            key = escape(str(instance))
            yield document.problem(f"{pointer}/{key}", f"the key must be {rules['description']}")
        case _:
            yield document.problem(pointer, _message(error))


def _message(error: ValidationError) -> str:
    say = _MESSAGES.get(str(error.validator))
    return say(error) if say else error.message


def _described(error: ValidationError) -> str:
    rules: Any = error.schema
    return f"must be {rules['description']}"


def _shape(error: ValidationError) -> str:
    rules: Any = error.schema
    branches: Any = error.validator_value if error.validator == "oneOf" else ()
    chosen = any("enum" in branch or "const" in branch for branch in branches)
    return f"must {'be' if chosen else 'have'} {rules['description']}"


def _type(error: ValidationError) -> str:
    wanted: Any = error.validator_value
    rules: Any = error.schema
    if wanted == "string" and "description" in rules and {"pattern", "format"} & rules.keys():
        return _described(error)
    names = [wanted] if isinstance(wanted, str) else wanted
    return f"must be {' or '.join(_TYPES[name] for name in names)}"


def _enum(error: ValidationError) -> str:
    known: Any = error.validator_value
    return f"must be one of {', '.join(known)}.{did_you_mean(str(error.instance), known)}"


def _not_empty(error: ValidationError) -> str:
    return "must not be empty"


def _too_few(error: ValidationError) -> str:
    rules: Any = error.schema
    if error.validator_value == 1:
        return _not_empty(error)
    return f"must have at least {error.validator_value} of {', '.join(rules['properties'])}"


_MESSAGES: dict[str, Callable[[ValidationError], str]] = {
    "type": _type,
    "enum": _enum,
    "pattern": _described,
    "format": _described,
    "oneOf": _shape,
    "not": _shape,
    "minimum": lambda error: f"must be at least {error.validator_value}",
    "maximum": lambda error: f"must be at most {error.validator_value}",
    "exclusiveMaximum": lambda error: f"must be less than {error.validator_value}",
    "exclusiveMinimum": lambda error: f"must be more than {error.validator_value}",
    "maxLength": lambda error: f"must have at most {error.validator_value} characters",
    "minLength": _not_empty,
    "minItems": _not_empty,
    "minProperties": _too_few,
    "uniqueItems": lambda error: "has the same item twice",
}
