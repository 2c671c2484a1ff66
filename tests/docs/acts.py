"""`docs/acts.md`: every act of the shipped programme, its members and an example."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from shared.contracts.act_type import ActType, JsonSchema
from tests.shipped import programme

_HEAD = """\
# Acts

<!-- Made from programme/acts/ by `python -m tests.docs.generated`; do not edit. -->

What a customer can do, as the shipped programme has it. An act is a CloudEvent: its `type` is the
one below, its `subject` the customer, its `data` what the table says. `GET /v1/events/types` tells
the same of a running installation, as JSON Schema.

* Members that are not in a table are allowed and passed on. Every act may have a `channel`: web,
  app, shop, phone, community or social.
* An amount is a decimal, best a text such as `"42.50"`, with no more decimals than its currency
  has; unit prices may have three.
* Whoever is named in `referred`, `helped` and the like is a customer's id or an alias.
* A shop adds an act of its own as a file in `programme/acts/`; `requite programme check` explains
  what is wrong with it.

| act | type | what happened |
|---|---|---|
"""
_TYPES = {"string": "text", "array": "list", "boolean": "true or false"}


def text() -> str:
    """The document as Markdown."""
    acts = [act for _, act in sorted(programme().acts.items())]
    return _HEAD + "".join(_line(act) for act in acts) + "".join(_section(act) for act in acts)


def _line(act: ActType) -> str:
    anchor = act.title.lower().replace(" ", "-")
    return f"| [{act.title}](#{anchor}) | `{act.type}` | {act.description} |\n"


def _section(act: ActType) -> str:
    rows = "".join(_rows(act.schema))
    table = f"| member | required | type | meaning |\n|---|---|---|---|\n{rows}\n" if rows else ""
    example = json.dumps(act.example, indent=2, ensure_ascii=False)
    return f"\n## {act.title}\n\n{act.description}\n\n{table}```json\n{example}\n```\n"


def _rows(schema: JsonSchema, path: str = "") -> Iterator[str]:
    for name, member in schema.get("properties", {}).items():
        if path == "" and name == "channel":
            continue
        required = "yes" if name in schema.get("required", ()) else "no"
        meaning = member.get("description", "")
        yield f"| `{path}{name}` | {required} | {_type(member)} | {meaning} |\n"
        inner: Mapping[str, Any] = member.get("items", member)
        yield from _rows(inner, f"{path}{name}{'[]' if 'items' in member else ''}.")


def _type(member: JsonSchema) -> str:
    if "format" in member:
        return str({"decimal": "decimal", "date-time": "RFC 3339 time"}[member["format"]])
    if "enum" in member:
        return ", ".join(f"`{value}`" for value in member["enum"])
    name = str(_TYPES.get(member["type"], member["type"]))
    if "minimum" in member and "maximum" in member:
        return f"{name}, {member['minimum']} to {member['maximum']}"
    limit = member.get("maxLength")
    return f"{name}, up to {limit}" if limit else name
