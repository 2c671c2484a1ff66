"""Rows of a CSV or JSON Lines file with their line numbers, whatever is wrong with some."""

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO, TextIO

from services.events.mapping.columns import Row
from services.events.mapping.language import FileFormat
from shared.errors import RequiteError

MAX_FIELD = 1_000_000  # characters of one cell; the csv module stops at 131,072 by default
GZIP = b"\x1f\x8b"


class UnreadableFile(RequiteError):
    """The file as a whole is not what the mapping says."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its first line in the file, its cells as they stood, and what they are called.

    With a `fault` it is broken; then `row` is what can be made out of it, or None.
    """

    number: int
    cells: list[str]
    row: Row | None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file while it is read. `header` is empty for JSON Lines; `position` counts its bytes."""

    header: list[str]
    lines: Iterator[Line]
    position: Callable[[], int]


@contextmanager
def open_rows(path: Path, form: FileFormat) -> Iterator[OpenFile]:
    """Read `path`, also when it is compressed with gzip.

    Raises OSError, and UnreadableFile: empty, no gzip, or bytes that no reader could skip.
    """
    with path.open("rb") as raw, _decompressed(raw) as binary:
        # What can't be decoded is kept and told of the row that has it.
        text = io.TextIOWrapper(binary, form.encoding, errors="surrogateescape", newline="")
        try:
            if form.kind == "csv":
                header, lines = _csv(text, form.delimiter)
            else:
                header, lines = [], _json_lines(text)
            yield OpenFile(header, lines, raw.tell)
        except (UnicodeError, EOFError, gzip.BadGzipFile) as error:
            what = "gzip" if not isinstance(error, UnicodeError) else form.encoding
            raise UnreadableFile(f"the file is not {what} throughout") from None


@contextmanager
def _decompressed(raw: BinaryIO) -> Iterator[BinaryIO]:
    packed = raw.read(2) == GZIP
    raw.seek(0)
    if not packed:
        yield raw
        return
    with gzip.GzipFile(fileobj=raw) as unpacked:
        yield unpacked  # type: ignore[misc]  # a BinaryIO but for its mode


def _csv(text: TextIO, delimiter: str) -> tuple[list[str], Iterator[Line]]:
    csv.field_size_limit(MAX_FIELD)
    reader = csv.reader(text, delimiter=delimiter)
    header = [name.strip() for name in next(reader, [])]
    if not header:
        raise UnreadableFile("the file has no first line with the names of its columns")
    return header, _csv_lines(reader, header)


def _csv_lines(reader: "csv._reader", header: list[str]) -> Iterator[Line]:
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Line(number, [], None, f"no valid CSV, or a cell above {MAX_FIELD} characters")
            continue
        if not cells:
            continue
        row = dict(zip(header, cells, strict=False))
        yield Line(number, cells, row, _csv_fault(cells, header))


def _csv_fault(cells: list[str], header: list[str]) -> str:
    if len(cells) != len(header):
        return f"{len(cells)} cells where the first line has {len(header)}"
    return "" if all(map(_is_decoded, cells)) else "bytes that are not in the mapping's encoding"


def _json_lines(text: TextIO) -> Iterator[Line]:
    for number, raw in enumerate(text, 1):
        stripped = raw.strip()
        if stripped:
            yield _json_line(number, stripped)


def _json_line(number: int, raw: str) -> Line:
    if not _is_decoded(raw):
        return Line(number, [raw], None, "bytes that are not in the mapping's encoding")
    try:
        document = json.loads(raw, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return Line(number, [raw], None, "no valid JSON")
    if not isinstance(document, dict):
        return Line(number, [raw], None, "no JSON object")
    return Line(number, [raw], document)


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _is_decoded(text: str) -> bool:
    return text.isascii() or not any("\udc80" <= char <= "\udcff" for char in text)
