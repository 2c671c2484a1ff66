"""From YAML to a mapping, with line numbers in its errors."""

import json
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from jsonschema import Draft202012Validator

from services.events.mapping.acts_parser import parse_acts
from services.events.mapping.columns import Field
from services.events.mapping.document import Document, Path
from services.events.mapping.field_parser import FieldParser, HashEmail
from services.events.mapping.fields import NumberFormat, TimeFormat
from services.events.mapping.language import (
    ActsMapping,
    AnyMapping,
    FileFormat,
    Mapping,
    OrderMapping,
    Products,
    Sum,
)
from shared.contracts.cloudevents.uri import is_uri_reference
from shared.errors import Invalid
from shared.money import fraction_digits

PRODUCT_LIMIT = 100
_SAMPLE = datetime(2011, 11, 30, 13, 45, 58, tzinfo=UTC)


def parse_mapping(source: str, hash_email: HashEmail | None) -> AnyMapping:
    """The mapping that `source` (YAML) describes. Raises MappingError.

    `hash_email` makes the alias of an e-mail address; None where no key is known.
    """
    document = Document.parse(source)
    document.check(_validator())
    return _Parser(document, hash_email).mapping()


def parse_body_mapping(name: str, root: Any, hash_email: HashEmail) -> ActsMapping:
    """The mapping of JSON bodies to acts that the webhook source `name` has. Raises MappingError
    with pointers into `root` (plain dicts, lists and scalars)."""
    document = Document(root)
    document.check(_body_validator())
    return _Parser(document, hash_email).body_mapping(name)


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of the language."""
    text = files(__package__).joinpath("mapping.schema.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(schema())


@cache
def _body_validator() -> Draft202012Validator:
    whole = schema()
    kept = ("each", "acts", "decimal", "thousands", "time_zone", "time_format")
    return Draft202012Validator(
        {
            "$schema": whole["$schema"],
            "type": "object",
            "additionalProperties": False,
            "required": ["acts"],
            "properties": {key: whole["properties"][key] for key in kept},
            "$defs": whole["$defs"],
        }
    )


class _Parser:
    """Turns a document that fits the schema into values; checks what the schema can't see."""

    def __init__(self, document: Document, hash_email: HashEmail | None) -> None:
        self._root = document.root
        self._fields = FieldParser(document, hash_email)

    def mapping(self) -> AnyMapping:
        root, checked = self._root, self._fields.checked
        source = checked(["source"], _source, root["source"])
        if "acts" in root:
            return self._acts(source)
        return Mapping(
            source=source,
            currency=self._currency(root["currency"]),
            order=self._order(root["order"]),
            file=self._file(),
            numbers=self._numbers(),
            times=self._times(),
        )

    def body_mapping(self, name: str) -> ActsMapping:
        each = self._root.get("each", "")
        return ActsMapping(
            source=f"/webhooks/{name}",
            acts=parse_acts(self._fields, self._root["acts"]),
            file=FileFormat("json", "utf-8", ",", str(each)),
            numbers=self._numbers(),
            times=self._times(),
        )

    def _acts(self, source: str) -> ActsMapping:
        for key in ("order", "currency"):
            if key in self._root:
                raise self._fields.error([key], "a mapping has either order or acts")
        for i, act in enumerate(self._root["acts"]):
            if "time" not in act:
                raise self._fields.error(["acts", i], "'time' is missing: a file tells of the past")
        return ActsMapping(
            source=source,
            acts=parse_acts(self._fields, self._root["acts"]),
            file=self._file(),
            numbers=self._numbers(),
            times=self._times(),
        )

    def _file(self) -> FileFormat:
        root = self._root
        kind = root.get("format", "csv")
        if "each" in root and kind != "json":
            raise self._fields.error(["each"], "is for format: json")
        return FileFormat(
            kind,
            self._fields.checked(["encoding"], _encoding, root.get("encoding", "utf-8-sig")),
            root.get("delimiter", ","),
            str(root.get("each", "")),
        )

    def _numbers(self) -> NumberFormat:
        numbers = NumberFormat(self._root.get("decimal", "."), self._root.get("thousands", ""))
        if numbers.decimal == numbers.thousands:
            raise self._fields.error(["thousands"], "the same as the decimal sign")
        return numbers

    def _times(self) -> TimeFormat:
        zone = self._fields.checked(["time_zone"], _zone, self._root.get("time_zone", "UTC"))
        return TimeFormat(self._patterns(self._root.get("time_format", "iso")), zone)

    def _order(self, order: dict[str, Any]) -> OrderMapping:
        path = ["order"]
        optional = {
            key: self._fields.field([*path, key], order[key])
            for key in ("cancels", "refund", "refund_time")
            if key in order
        }
        if "refund_time" in order and "refund" not in order:
            raise self._fields.error([*path, "refund_time"], "needs order.refund")
        if "cancels" in order and "cancelled_when" not in order:
            raise self._fields.error([*path, "cancels"], "needs order.cancelled_when")
        return OrderMapping(
            id=self._fields.field([*path, "id"], order["id"]),
            time=self._fields.field([*path, "time"], order["time"]),
            customer=self._fields.field([*path, "customer"], order["customer"]),
            total=self._total([*path, "total"], order["total"]),
            cancelled_when=self._fields.condition(
                [*path, "cancelled_when"], order.get("cancelled_when")
            ),
            paid_when=self._fields.condition([*path, "paid_when"], order.get("paid_when")),
            skip_when=self._fields.condition([*path, "skip_when"], order.get("skip_when")),
            products=self._products([*path, "products"], order.get("products")),
            **optional,
        )

    def _total(self, path: Path, value: Any) -> Field | Sum:
        if not isinstance(value, dict) or "sum" not in value:
            return self._fields.field(path, value)
        parts = value["sum"]
        return Sum(tuple(self._fields.field([*path, "sum", key], parts[key]) for key in parts))

    def _products(self, path: Path, value: Any) -> Products | None:
        if value is None:
            return None
        fields = {
            key: self._fields.field([*path, key], value[key]) for key in value if key != "limit"
        }
        return Products(fields, value.get("limit", PRODUCT_LIMIT))

    def _currency(self, value: Any) -> str | Field:
        if isinstance(value, dict):
            return self._fields.field(["currency"], value)
        return self._fields.checked(["currency"], _currency, value)

    def _patterns(self, value: Any) -> tuple[str, ...]:
        if isinstance(value, str):
            return (self._fields.checked(["time_format"], _pattern, value),)
        path = ["time_format"]
        return tuple(self._fields.checked([*path, i], _pattern, one) for i, one in enumerate(value))


def _source(value: str) -> str:
    if not is_uri_reference(value):
        raise Invalid("no URI reference")
    return value


def _encoding(value: str) -> str:
    try:
        "".encode(value)
    except LookupError:
        raise Invalid("no known text encoding") from None
    return value


def _zone(value: str) -> ZoneInfo:
    try:
        return ZoneInfo(value)
    except (OSError, ValueError, LookupError):
        raise Invalid("no time zone of the IANA database") from None


def _currency(value: str) -> str:
    fraction_digits(value)
    return value


def _pattern(value: str) -> str:
    if value in ("iso", "unix"):
        return value
    try:
        read = datetime.strptime(_SAMPLE.strftime(value), value)  # noqa: DTZ007 (a trial)
    except ValueError:
        raise Invalid("no pattern that strptime reads") from None
    if read.date() != _SAMPLE.date():
        raise Invalid("a pattern that does not name year, month and day")
    return value
