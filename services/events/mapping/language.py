"""What a mapping says, as values; docs/import.md describes the language."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias

from services.events.mapping.columns import Condition, Field
from services.events.mapping.document import MappingError, Problem
from services.events.mapping.fields import NumberFormat, TimeFormat


@dataclass(frozen=True, slots=True)
class FileFormat:
    """How rows stand in a file: `delimiter` is for CSV, `each` for JSON, the JSON Pointer to the
    list of them in the document."""

    kind: Literal["csv", "jsonl", "json"]
    encoding: str
    delimiter: str
    each: str = ""


@dataclass(frozen=True, slots=True)
class Sum:
    """A total that is summed over lines: the product of its factors on each."""

    factors: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Products:
    """Columns of the lines of an order; an order with more than `limit` lines keeps none."""

    fields: dict[str, Field]
    limit: int


@dataclass(frozen=True, slots=True)
class OrderMapping:
    """Which columns make an order. A `Field` as total stands once or alike on every line."""

    id: Field
    time: Field
    customer: Field
    total: Field | Sum
    cancelled_when: Condition = ()
    cancels: Field | None = None
    refund: Field | None = None
    refund_time: Field | None = None
    paid_when: Condition = ()
    skip_when: Condition = ()
    products: Products | None = None

    def fields(self) -> list[Field]:
        """Every field that the mapping reads."""
        factors = self.total.factors if isinstance(self.total, Sum) else (self.total,)
        optional = (self.cancels, self.refund, self.refund_time)
        conditions = (self.cancelled_when, self.paid_when, self.skip_when)
        return [
            *(self.id, self.time, self.customer, *factors),
            *(field for field in optional if field is not None),
            *(test.field for condition in conditions for test in condition),
            *(self.products.fields.values() if self.products else ()),
        ]


@dataclass(frozen=True, slots=True)
class Constant:
    """The same for every row."""

    value: str | int | Decimal | bool


@dataclass(frozen=True, slots=True)
class Value:
    """A member of an act's payload: text, a JSON number, an amount (a decimal as a string), or a
    moment in RFC 3339; left out where the field is empty."""

    field: Field
    kind: Literal["text", "number", "amount", "time"] = "text"


@dataclass(frozen=True, slots=True)
class ActMapping:
    """When a row tells an act, which, and what it says.

    `type` is a CloudEvents type; the event's id is the act's short name and what the columns of
    `id` say, joined by `-`. Without `time` the act happens when it is told.
    """

    type: str
    id: tuple[Field, ...]
    customer: Field
    time: Field | None
    when: Condition
    data: dict[str, Value | Constant]

    def fields(self) -> list[Field]:
        """Every field that the mapping reads."""
        values = (value.field for value in self.data.values() if isinstance(value, Value))
        times = (self.time,) if self.time else ()
        return [*self.id, self.customer, *times, *(test.field for test in self.when), *values]


@dataclass(frozen=True, slots=True)
class ActsMapping:
    """What a row means that stands for itself: any number of acts."""

    source: str
    acts: tuple[ActMapping, ...]
    file: FileFormat
    numbers: NumberFormat
    times: TimeFormat

    def check_columns(self, header: list[str]) -> None:
        """Raises MappingError if a column that the mapping needs is missing or stands twice."""
        _check_columns([field for act in self.acts for field in act.fields()], header)


@dataclass(frozen=True, slots=True)
class Mapping:
    """What rows mean that are lines of orders. `source` is the CloudEvents source of the acts."""

    source: str
    currency: str | Field
    order: OrderMapping
    file: FileFormat
    numbers: NumberFormat
    times: TimeFormat

    def check_columns(self, header: list[str]) -> None:
        """Raises MappingError if a column that the mapping needs is missing or stands twice."""
        fields = self.order.fields()
        if isinstance(self.currency, Field):
            fields.append(self.currency)
        _check_columns(fields, header)


AnyMapping: TypeAlias = Mapping | ActsMapping


def _check_columns(fields: list[Field], header: list[str]) -> None:
    problems = [
        Problem(field.columns[0].line, f"the file has no column {_names(field)}")
        for field in fields
        if not any(column.name in header or column.optional for column in field.columns)
    ]
    problems += [
        Problem(column.line, f"the file has more than one column '{column.name}'")
        for field in fields
        for column in field.columns
        if header.count(column.name) > 1
    ]
    if problems:
        raise MappingError(problems)


def _names(field: Field) -> str:
    return " or ".join(f"'{column.name}'" for column in field.columns)
