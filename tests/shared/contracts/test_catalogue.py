"""The compiled checks say what the published schemas say, and a little more about money."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from msgspec import UNSET

from shared.contracts.act_type import ActType, act_type
from shared.contracts.acts import PREFIX
from shared.contracts.catalogue import Catalogue
from shared.contracts.cloudevents import CloudEvent
from shared.contracts.cloudevents.timestamp import is_timestamp
from shared.contracts.payload import python_pattern
from shared.errors import Invalid
from shared.money import to_signed_units, to_units
from tests.shared.contracts.instances import fitting, spoilt
from tests.shipped import catalogue, programme

ACTS = programme().acts

_formats = FormatChecker([])
_formats.checks("date-time")(lambda value: not isinstance(value, str) or is_timestamp(value))


def _pattern(_: object, pattern: str, instance: object, __: object) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not re.search(python_pattern(pattern), instance):
        yield ValidationError("does not match")


# An integer is written without a fraction: 5.0 is none here, though JSON Schema says it is.
_Validator = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {"pattern": _pattern},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
    ),
)
VALIDATORS = {name: _Validator(act.schema, format_checker=_formats) for name, act in ACTS.items()}


def make_event(name: str, data: Any) -> CloudEvent:
    return CloudEvent(
        id="1",
        source="/shop",
        type=f"{PREFIX}{name}.v1",
        subject="c-1",
        datacontenttype="application/json",
        data=msgspec.json.encode(data),
    )


def fault(name: str, data: Any) -> str | None:
    """The pointer of what the catalogue refuses."""
    try:
        catalogue().check(make_event(name, data))
    except Invalid as error:
        return error.pointer
    return None


def is_money(data: dict[str, Any]) -> bool:
    """What no JSON Schema can say: currencies of ISO 4217 and their decimals."""
    lines = data.get("products") or []
    of_lines = [one[name] for one in lines for name in ("price", "cost") if name in one]
    amounts = ([data["total"]] if "total" in data else []) + of_lines
    try:
        for amount in amounts:
            to_units(Decimal(str(amount)), data["currency"])
        if "margin" in data:
            to_signed_units(Decimal(str(data["margin"])), data["currency"])
    except Invalid:
        return False
    return True


@pytest.mark.parametrize("name", ACTS)
@given(data=st.data())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_published_is_what_is_enforced(name: str, data: st.DataObject) -> None:
    schema = ACTS[name].schema
    instance = data.draw(st.one_of(fitting(schema), spoilt(schema)))
    fits = VALIDATORS[name].is_valid(instance)
    refused = fault(name, instance)
    assert (refused is None) == (fits and is_money(instance)), refused


@pytest.mark.parametrize("name", ACTS)
def test_every_example_fits_and_is_read_whole(name: str) -> None:
    act = ACTS[name]
    assert VALIDATORS[name].is_valid(act.example)
    payload = catalogue().check(make_event(name, act.example))
    said = {member for member in act.schema["properties"] if getattr(payload, member) is not UNSET}
    assert said == act.example.keys()


def test_what_is_read_is_exact() -> None:
    data = b'{"order_id":"1","total":12.30,"currency":"EUR","updated_at":"2026-01-05T10:00:00.5Z"}'
    event = msgspec.structs.replace(make_event("purchase", {}), data=data)
    payload = catalogue().check(event)
    assert str(payload.total) == "12.30"
    assert payload.updated_at == datetime(2026, 1, 5, 10, 0, 0, 500_000, UTC)
    assert payload.products is UNSET


@pytest.mark.parametrize("number", [b"1e400", b"1e99999999999999999999", b"-1", b"0.00001"])
def test_numbers_that_are_no_money(number: bytes) -> None:
    data = b'{"order_id":"1","currency":"EUR","total":' + number + b"}"
    event = msgspec.structs.replace(make_event("purchase", {}), data=data)
    with pytest.raises(Invalid) as refused:
        catalogue().check(event)
    assert refused.value.pointer in ("/data/total", "/data")


OWN: dict[str, Any] = {
    "type": "object",
    "required": ["class", "marks"],
    "properties": {
        "class": {"type": "string", "enum": ["gold", "silver"]},
        "marks": {"type": "array", "minItems": 1, "maxItems": 2, "items": {"type": "integer"}},
        "share": {"type": "number", "exclusiveMinimum": 0, "maximum": 1.5},
        "age": {"type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 9},
        "place": {
            "type": "object",
            "required": ["code"],
            "properties": {"code": {"type": "string", "pattern": "^[a-z]+$", "minLength": 2}},
        },
        "weight": {"type": ["string", "number"], "format": "decimal"},
        "sure": {"type": "boolean"},
    },
}
RIGHT = {"class": "gold", "marks": [1], "place": {"code": "ab"}, "share": 1, "weight": "0.5"}


def own_act() -> ActType:
    return act_type("own", "Own", "An act of the shop.", OWN, {})


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({}, None),
        ({"unknown": {"deep": 1}}, None),
        ({"channel": "web"}, None),
        ({"channel": "pigeon"}, "/data/channel"),
        ({"class": "bronze"}, "/data/class"),
        ({"marks": []}, "/data/marks"),
        ({"marks": [1, 2, 3]}, "/data/marks"),
        ({"marks": [1, "2"]}, "/data/marks/1"),
        ({"share": 0}, "/data/share"),
        ({"share": 1.6}, "/data/share"),
        ({"age": 3}, "/data/age"),
        ({"age": 9}, "/data/age"),
        ({"place": {}}, "/data/place"),
        ({"place": {"code": "a"}}, "/data/place/code"),
        ({"place": {"code": "AB"}}, "/data/place/code"),
        ({"weight": "NaN"}, "/data/weight"),
        ({"sure": 1}, "/data/sure"),
        ({"sure": None}, "/data/sure"),
    ],
)
def test_every_keyword_of_the_profile(change: dict[str, Any], pointer: str | None) -> None:
    act = own_act()
    instance = RIGHT | change
    assert Draft202012Validator(act.schema).is_valid(instance) == (pointer is None)
    try:
        Catalogue([act]).check(make_event("own", instance))
        found = None
    except Invalid as error:
        found = error.pointer
    assert found == pointer


def test_the_end_of_a_pattern_is_the_end() -> None:
    assert python_pattern(r"^a\$[$]b$|c$") == r"(?a)^a\$[$]b\Z|c\Z"
    with pytest.raises(Invalid):
        Catalogue([own_act()]).check(make_event("own", RIGHT | {"place": {"code": "ab\n"}}))


def test_schemas_are_json_schemas() -> None:
    for act in [*ACTS.values(), own_act()]:
        Draft202012Validator.check_schema(act.schema)
        assert act.schema["properties"]["channel"]["enum"]


def test_an_unknown_type_and_its_hint() -> None:
    for name, hint in (("hlep", "Did you mean 'io.requite.act.help.v1'?"), ("x" * 500_000, "")):
        with pytest.raises(Invalid) as refused:
            catalogue().check(make_event(name, {}))
        assert refused.value.pointer == "/type"
        assert refused.value.reason.endswith(hint or "in the catalogue.")
