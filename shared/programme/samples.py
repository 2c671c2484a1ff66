"""Acts and moments to try templates on: of an act one that says everything that its type names,
and one the least."""

from collections.abc import Mapping
from typing import Any

from shared.contracts.act_type import ActType, JsonSchema
from shared.contracts.engagement import MomentKind

Sample = Mapping[str, Any]
Samples = Mapping[str, tuple[Sample, Sample]]
"""The fullest and the least, by an act's short name."""

ANSWER = "answer"
_NUMBERS: Mapping[MomentKind, tuple[int, int]] = {
    "nth": (50, 2),
    "anniversary": (5, 1),
    "comeback": (400, 1),
    "silence": (122, 1),
}
_ANSWERS: tuple[Sample, Sample] = (
    {
        "survey": "order",
        "value": 9,
        "scale": [0, 10],
        "about": {
            "source": "/shop",
            "id": "order-1001",
            "type": "io.requite.act.purchase.v1",
            "time": "2025-03-01T10:00:00Z",
        },
    },
    {"survey": "order", "value": 0, "scale": [0, 10]},
)


def samples(types: Mapping[str, ActType]) -> Samples:
    """Of every act of the catalogue, and of answers, which are acts that come from surveys."""
    return {name: samples_of(one) for name, one in types.items()} | {ANSWER: _ANSWERS}


def samples_of(act: ActType) -> tuple[Sample, Sample]:
    """The example of the type, which has every member, and what of it is required."""
    return {"channel": "web", **act.example}, _least(act.schema, act.example)


def _least(schema: JsonSchema, value: Any) -> Any:
    if schema["type"] == "object":
        members = schema.get("properties", {})
        return {name: _least(members[name], value[name]) for name in schema.get("required", ())}
    if schema["type"] == "array":
        return [_least(schema["items"], item) for item in value]
    return value


def samples_of_moment(kind: MomentKind, name: str) -> tuple[Sample, Sample]:
    """One with a large number and one with the smallest, where moments of this kind have one."""
    numbers = _NUMBERS.get(kind, (None, None))
    largest, smallest = ({"kind": kind, "name": name, "number": number} for number in numbers)
    return largest, smallest
