"""A type of act, as the programme describes it and everybody may read it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.contracts.acts import CHANNELS, PREFIX

JsonSchema = Mapping[str, Any]

DECIMAL_PATTERN = r"^-?[0-9]{1,15}(\.[0-9]{1,9})?$"
"""How a decimal is written as a text."""
CHANNEL: JsonSchema = {
    "type": "string",
    "enum": list(CHANNELS),
    "description": "Where it happened.",
}


@dataclass(frozen=True, slots=True)
class ActType:
    """`name` is the short one (purchase), `type` that of the CloudEvent. `schema` is a JSON Schema
    (2020-12) of its data, as enforced; `example` has every member that it names."""

    name: str
    type: str
    title: str
    description: str
    schema: JsonSchema
    example: Mapping[str, Any]


def act_type(
    name: str, title: str, description: str, payload: JsonSchema, example: Mapping[str, Any]
) -> ActType:
    """The type of `name` with what holds for every act: `channel`, no `total` without `currency`,
    no `margin` without both.

    `payload` is in the profile that shared/programme/schemas/act.schema.json describes.
    """
    members = {**payload.get("properties", {}), "channel": CHANNEL}
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "description": description,
        "type": "object",
        "properties": {name: _published(member) for name, member in members.items()},
        "required": list(payload.get("required", ())),
    }
    needs = {"total": ["currency"], "margin": ["total", "currency"]}
    if "total" in members:
        schema["dependentRequired"] = {one: needs[one] for one in needs if one in members}
    return ActType(name, f"{PREFIX}{name}.v1", title, description, schema, example)


def _published(member: JsonSchema) -> JsonSchema:
    """With the pattern of a decimal, for whoever validates without knowing the format."""
    published = dict(member)
    if published.get("format") == "decimal":
        published["pattern"] = DECIMAL_PATTERN
    if "items" in published:
        published["items"] = _published(published["items"])
    if "properties" in published:
        published["properties"] = {
            name: _published(one) for name, one in published["properties"].items()
        }
    return published
