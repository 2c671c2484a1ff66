"""The `acts` of a mapping."""

from decimal import Decimal
from typing import Any, Literal, get_args

from services.events.mapping.columns import Field
from services.events.mapping.document import Path
from services.events.mapping.field_parser import FieldParser
from services.events.mapping.language import ActMapping, Constant, Value
from shared.contracts.acts import PREFIX

_Kind = Literal["number", "amount", "time"]


def parse_acts(fields: FieldParser, acts: list[Any]) -> tuple[ActMapping, ...]:
    """Raises MappingError."""
    return tuple(_act(fields, ["acts", i], act) for i, act in enumerate(acts))


def _act(fields: FieldParser, path: Path, act: dict[str, Any]) -> ActMapping:
    data = act.get("data", {})
    if "channel" in data and "channel" in act:
        raise fields.error([*path, "data", "channel"], "said twice: once beside data is enough")
    values = {name: _value(fields, [*path, "data", name], data[name]) for name in data}
    if "channel" in act:
        values["channel"] = _channel(fields, [*path, "channel"], act["channel"])
    return ActMapping(
        type=_type(str(act["type"])),
        id=_id(fields, [*path, "id"], act["id"]),
        customer=fields.field([*path, "customer"], act["customer"]),
        time=fields.field([*path, "time"], act["time"]) if "time" in act else None,
        when=fields.condition([*path, "when"], act.get("when")),
        data=values,
    )


def _type(name: str) -> str:
    return name if "." in name else f"{PREFIX}{name}.v1"


def _id(fields: FieldParser, path: Path, value: Any) -> tuple[Field, ...]:
    if isinstance(value, dict) and "join" in value:
        parts = enumerate(value["join"])
        return tuple(fields.field([*path, "join", i], one) for i, one in parts)
    return (fields.field(path, value),)


def _channel(fields: FieldParser, path: Path, value: Any) -> Value | Constant:
    if isinstance(value, dict):
        return Value(fields.field(path, value))
    return Constant(str(value))


def _value(fields: FieldParser, path: Path, value: Any) -> Value | Constant:
    if isinstance(value, dict):
        if "value" in value:
            return Constant(_constant(value["value"]))
        for kind in get_args(_Kind):
            if kind in value:
                return Value(fields.field([*path, kind], value[kind]), kind)
    return Value(fields.field(path, value))


def _constant(value: Any) -> str | int | Decimal | bool:
    if isinstance(value, bool | str):
        return bool(value) if isinstance(value, bool) else str(value)
    number = Decimal(str(value))
    return int(number) if number == number.to_integral_value() else number
