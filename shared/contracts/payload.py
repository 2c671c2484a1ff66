"""The data of one type of act: its JSON Schema compiled to a msgspec type, and read exactly.

The schema is in the profile of shared/programme/schemas/act.schema.json, whose keywords msgspec
has one by one. Decimals and times are stricter than msgspec's own: no `1_000`, no `NaN`, no time
that RFC 3339 does not allow.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from shared.contracts.act_type import DECIMAL_PATTERN, JsonSchema
from shared.contracts.cloudevents.timestamp import parse_timestamp
from shared.errors import Invalid
from shared.money import to_signed_units, to_units

_CONSTRAINTS = {
    "pattern": "pattern",
    "minLength": "min_length",
    "maxLength": "max_length",
    "minItems": "min_length",
    "maxItems": "max_length",
    "minimum": "ge",
    "maximum": "le",
    "exclusiveMinimum": "gt",
    "exclusiveMaximum": "lt",
}
_NUMBERS = (int, Decimal)
_is_decimal = re.compile(DECIMAL_PATTERN.strip("^$")).fullmatch
_END = re.compile(r"\\.|\[(?:\\.|[^\]])*\]|\$")
_PLACE = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")


class Amount(Decimal):
    """A decimal as acts write it: a text such as "42.50", or a JSON number."""

    __slots__ = ()


class Moment(datetime):
    """A date-time of RFC 3339 with a zone."""


class Payload:
    """Reads the data of one type of act. `schema` is an ActType's."""

    def __init__(self, name: str, schema: JsonSchema) -> None:
        struct = _struct(name, schema)
        self._decode = msgspec.json.Decoder(struct, dec_hook=_read, float_hook=exact_number).decode
        self._has_total = "total" in schema["properties"]
        self._has_margin = "margin" in schema["properties"]
        items = schema["properties"].get("products", {}).get("items", {})
        of_each = items.get("properties", {})
        self._amounts_of_each = [name for name in ("price", "cost") if name in of_each]

    def read(self, data: bytes) -> Any:
        """A Struct with an attribute for every member that the schema names, UNSET where absent;
        decimals are Decimal, times datetime. Raises Invalid with a place from /data on."""
        try:
            payload: Any = self._decode(data)
        except msgspec.ValidationError as error:
            misfit = misfit_of(error)
            raise Invalid(misfit.reason, f"/data{misfit.pointer}") from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Invalid("not well-formed JSON", "/data") from None
        if self._has_total and payload.total is not UNSET:
            if payload.currency is UNSET:
                raise Invalid("missing: it is the currency of the total", "/data/currency")
            try:
                to_units(payload.total, payload.currency)
            except Invalid as error:
                raise _placed(error, "/total") from None
        if self._has_margin and payload.margin is not UNSET:
            _check_margin(payload)
        if self._amounts_of_each and payload.products:
            _check_each(payload.products, self._amounts_of_each, payload.currency)
        return payload


def _check_margin(payload: Any) -> None:
    if payload.total is UNSET:
        raise Invalid("missing: the margin is a part of it", "/data/total")
    try:
        to_signed_units(payload.margin, payload.currency)
    except Invalid as error:
        raise _placed(error, "/margin") from None


def _check_each(products: Sequence[Any], names: Sequence[str], currency: str) -> None:
    for index, product in enumerate(products):
        for name in names:
            amount = getattr(product, name)
            if amount is not UNSET:
                try:
                    to_units(amount, currency)
                except Invalid as error:
                    raise _placed(error, f"/products/{index}/{name}") from None


def _placed(error: Invalid, amount: str) -> Invalid:
    place = "/currency" if error.pointer == "/currency" else amount
    return Invalid(error.reason, f"/data{place}")


def _struct(name: str, schema: JsonSchema) -> type[Struct]:
    required = schema.get("required", ())
    members: list[Any] = []
    for member, rules in schema.get("properties", {}).items():
        kind = _kind(f"{name}_{member}", rules)
        members.append((member, kind) if member in required else (member, kind | UnsetType, UNSET))
    return msgspec.defstruct(name, members, frozen=True, kw_only=True, gc=False)


def _kind(name: str, rules: JsonSchema) -> Any:
    kind = _plain_kind(name, rules)
    constraints = {own: rules[keyword] for keyword, own in _CONSTRAINTS.items() if keyword in rules}
    if "pattern" in constraints:
        constraints["pattern"] = python_pattern(constraints["pattern"])
    return Annotated[kind, Meta(**constraints)] if constraints and kind is not Amount else kind


def _plain_kind(name: str, rules: JsonSchema) -> Any:
    match rules["type"]:
        case "string" if "enum" in rules:
            return Literal[tuple(rules["enum"])]
        case "string":
            return Moment if rules.get("format") == "date-time" else str
        case "array":
            return list[_kind(name, rules["items"])]  # type: ignore[misc]
        case "object":
            return _struct(name, rules)
        case kind:
            kinds: Mapping[str, type] = {"integer": int, "number": float, "boolean": bool}
            return kinds[kind] if isinstance(kind, str) else Amount


def python_pattern(pattern: str) -> str:
    """A pattern of JSON Schema (ECMA-262), whose `$` is the end and not a line break before it,
    and whose digits are those of ASCII."""
    return "(?a)" + _END.sub(lambda found: r"\Z" if found[0] == "$" else found[0], pattern)


def _read(kind: type, value: Any) -> Any:
    if kind is Amount:
        if _is_decimal(value) if type(value) is str else type(value) in _NUMBERS:
            return Amount(value)
        raise ValueError("Expected a decimal number such as 42.50, as text or as number")
    if not isinstance(value, str):
        raise ValueError("Expected a date-time, as text")
    try:
        return Moment.fromisoformat(parse_timestamp(value).isoformat())
    except ValueError:
        raise ValueError("Expected a date-time of RFC 3339 with a zone") from None


def exact_number(text: str) -> Decimal:
    """As it is written. Raises ValueError for one beyond what can be counted with."""
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError("Expected a number that can be counted") from None


def misfit_of(error: msgspec.ValidationError) -> Invalid:
    """msgspec's words with a JSON Pointer into what was decoded, and without the values that they
    may quote."""
    text = str(error)
    place = _PLACE.search(text)
    path = place["path"] if place else ""
    reason = _QUOTED.sub("that", text[: place.start()] if place else text)
    return Invalid(reason, path.replace("[", "/").replace("]", "").replace(".", "/"))
