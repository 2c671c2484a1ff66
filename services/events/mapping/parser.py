"""From YAML to a mapping, with line numbers in its errors."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from jsonschema import Draft202012Validator

from services.events.mapping.columns import Column, Condition, Field, Test
from services.events.mapping.document import Document, MappingError, Path, Problem
from services.events.mapping.fields import NumberFormat, TimeFormat
from services.events.mapping.language import FileFormat, Mapping, OrderMapping, Products, Sum
from shared.contracts.cloudevents.uri import is_uri_reference
from shared.errors import Invalid
from shared.money import fraction_digits

T = TypeVar("T")

PRODUCT_LIMIT = 100
_SAMPLE = datetime(2011, 11, 30, 13, 45, 58, tzinfo=UTC)


def parse_mapping(source: str) -> Mapping:
    """The mapping that `source` (YAML) describes. Raises MappingError."""
    document = Document(source)
    document.check(_validator())
    return _Parser(document).mapping()


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of the language."""
    text = files(__package__).joinpath("mapping.schema.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(schema())


class _Parser:
    """Turns a document that fits the schema into values; checks what the schema can't see."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def mapping(self) -> Mapping:
        root = self._document.root
        result = Mapping(
            source=self._checked(["source"], _source, root["source"]),
            currency=self._currency(root["currency"]),
            order=self._order(root["order"]),
            file=FileFormat(
                root.get("format", "csv"),
                self._checked(["encoding"], _encoding, root.get("encoding", "utf-8-sig")),
                root.get("delimiter", ","),
            ),
            numbers=NumberFormat(root.get("decimal", "."), root.get("thousands", "")),
            times=TimeFormat(
                self._patterns(root.get("time_format", "iso")),
                self._checked(["time_zone"], _zone, root.get("time_zone", "UTC")),
            ),
        )
        if result.numbers.decimal == result.numbers.thousands:
            raise self._error(["thousands"], "the same as the decimal sign")
        return result

    def _order(self, order: dict[str, Any]) -> OrderMapping:
        path = ["order"]
        optional = {
            key: self._field([*path, key], order[key])
            for key in ("cancels", "refund", "refund_time")
            if key in order
        }
        if "refund_time" in order and "refund" not in order:
            raise self._error([*path, "refund_time"], "needs order.refund")
        if "cancels" in order and "cancelled_when" not in order:
            raise self._error([*path, "cancels"], "needs order.cancelled_when")
        return OrderMapping(
            id=self._field([*path, "id"], order["id"]),
            time=self._field([*path, "time"], order["time"]),
            customer=self._field([*path, "customer"], order["customer"]),
            total=self._total([*path, "total"], order["total"]),
            cancelled_when=self._condition([*path, "cancelled_when"], order.get("cancelled_when")),
            paid_when=self._condition([*path, "paid_when"], order.get("paid_when")),
            skip_when=self._condition([*path, "skip_when"], order.get("skip_when")),
            products=self._products([*path, "products"], order.get("products")),
            **optional,
        )

    def _total(self, path: Path, value: Any) -> Field | Sum:
        if not isinstance(value, dict) or "sum" not in value:
            return self._field(path, value)
        parts = value["sum"]
        return Sum(tuple(self._field([*path, "sum", key], parts[key]) for key in parts))

    def _products(self, path: Path, value: Any) -> Products | None:
        if value is None:
            return None
        fields = {key: self._field([*path, key], value[key]) for key in value if key != "limit"}
        return Products(fields, value.get("limit", PRODUCT_LIMIT))

    def _currency(self, value: Any) -> str | Field:
        if isinstance(value, dict):
            return self._field(["currency"], value)
        return self._checked(["currency"], _currency, value)

    def _field(self, path: Path, value: Any) -> Field:
        if not isinstance(value, list):
            return Field((self._column(path, value),))
        return Field(tuple(self._column([*path, i], one) for i, one in enumerate(value)))

    def _column(self, path: Path, value: Any) -> Column:
        line = self._document.line(path)
        if isinstance(value, str):
            return Column(str(value), line=line)
        return Column(
            str(value.get("column") or value["hash_of"]),
            hashed="hash_of" in value,
            empty=frozenset(map(str, value.get("empty", ()))),
            optional=value.get("optional", False),
            line=line,
        )

    def _condition(self, path: Path, value: Any) -> Condition:
        if isinstance(value, list):
            return tuple(self._test([*path, i], one) for i, one in enumerate(value))
        return (self._test(path, value),) if value else ()

    def _test(self, path: Path, value: dict[str, Any]) -> Test:
        field = Field((Column(str(value["column"]), line=self._document.line(path)),))
        if "matches" in value:
            pattern = self._checked([*path, "matches"], _expression, value["matches"])
            return Test(field, matches=pattern)
        if "one_of" in value:
            return Test(field, one_of=frozenset(text.casefold() for text in value["one_of"]))
        return Test(field, filled=value["filled"])

    def _patterns(self, value: Any) -> tuple[str, ...]:
        if isinstance(value, str):
            return (self._checked(["time_format"], _pattern, value),)
        path = ["time_format"]
        return tuple(self._checked([*path, i], _pattern, one) for i, one in enumerate(value))

    def _checked(self, path: Path, check: Callable[[str], T], value: str) -> T:
        try:
            return check(str(value))
        except Invalid as error:
            raise self._error(path, error.reason) from None

    def _error(self, path: Path, reason: str) -> MappingError:
        where = ".".join(map(str, path))
        return MappingError([Problem(self._document.line(path), f"{where}: {reason}")])


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


def _expression(value: str) -> re.Pattern[str]:
    try:
        return re.compile(value)
    except (re.error, RecursionError, OverflowError):
        raise Invalid("no valid regular expression") from None
