"""Which columns of a row (or members of a document) say something, and tests on what they say."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from services.events.mapping.expressions import MAX_MATCHED
from services.events.mapping.fields import text
from shared.errors import Invalid
from shared.json_pointer import value_at

T = TypeVar("T")

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. A name that starts with `/` is a JSON Pointer (RFC 6901) into a document.

    `empty` are texts that mean nothing is there; `alias` makes the alias of somebody from what
    the column says; `line` is where the mapping names the column.
    """

    name: str
    alias: Callable[[str], str] | None = None
    empty: frozenset[str] = frozenset()
    optional: bool = False
    line: int = 0

    @property
    def pointer(self) -> str:
        """JSON Pointer to the column, for errors."""
        return self.name if self.name.startswith("/") else f"/{self.name}"


@dataclass(frozen=True, slots=True)
class Field:
    """The first of its columns that is not empty."""

    columns: tuple[Column, ...]

    @property
    def pointer(self) -> str:
        """JSON Pointer to the first of its columns, for errors."""
        return self.columns[0].pointer

    def pick(self, row: Row) -> tuple[Column, object, str] | None:
        """The first filled column, its value as it stands and as text. Raises Invalid."""
        for column in self.columns:
            value = lookup(row, column.name)
            raw = _text(column, value)
            if raw and raw not in column.empty:
                return column, value, raw
        return None

    def read(self, row: Row) -> str:
        """Its text or the alias made of it, empty if no column is filled. Raises Invalid."""
        picked = self.pick(row)
        if picked is None:
            return ""
        column, _, raw = picked
        return column.alias(raw) if column.alias else raw

    def convert(self, row: Row, read: Callable[[object], T]) -> T | None:
        """What `read` makes of it, None if no column is filled. Raises Invalid."""
        picked = self.pick(row)
        if picked is None:
            return None
        column, value, _ = picked
        try:
            return read(value)
        except Invalid as error:
            raise Invalid(error.reason, column.pointer) from None


def lookup(row: Row, name: str) -> object:
    """What stands in the column `name`, or where that JSON Pointer leads; None where nothing is."""
    if name in row or not name.startswith("/"):
        return row.get(name)
    return value_at(row, name)


def _text(column: Column, value: object) -> str:
    try:
        return text(value)
    except Invalid as error:
        raise Invalid(error.reason, column.pointer) from None


@dataclass(frozen=True, slots=True)
class Test:
    """One test on one column. Exactly one of the three says what is asked; case does not count
    in `one_of`. A column that is empty on a line says nothing there, except to `filled`."""

    field: Field
    matches: re.Pattern[str] | None = None
    one_of: frozenset[str] = frozenset()
    filled: bool | None = None

    def passes(self, row: Row) -> bool | None:
        """Whether this row passes; None if it says nothing. Raises Invalid."""
        raw = self.field.read(row)
        if self.filled is not None:
            return True if raw else None
        if not raw:
            return None
        if self.matches is None:
            return raw.casefold() in self.one_of
        if len(raw) > MAX_MATCHED:
            raise Invalid("too long to be matched", self.field.pointer)
        return self.matches.search(raw) is not None

    def holds(self, row: Row) -> bool:
        """What it comes to where this row stands for itself. Raises Invalid."""
        return self.concludes(self.passes(row) is True)

    def concludes(self, said: bool) -> bool:
        """What an order is, when some line of it passed (`said`) or none did."""
        return said if self.filled is not False else not said


Condition = tuple[Test, ...]  # holds if any of its tests does; without tests it never does
