"""Rows of a CSV, JSON Lines or JSON file with their line numbers, whatever is wrong with some."""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from services.events.mapping.columns import Row
from services.events.mapping.documents import parse_json, rows_of
from services.events.mapping.language import FileFormat
from shared.errors import Invalid, RequiteError

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
    """A file while it is read. `header` is empty for JSON; `position` counts its bytes."""

    header: list[str]
    lines: Iterator[Line]
    position: Callable[[], int]


@contextmanager
def open_rows(path: Path, form: FileFormat) -> Iterator[OpenFile]:
    """Read `path`, also when it is compressed with gzip.

    Raises OSError, and UnreadableFile: no header, broken gzip, bytes that hide line ends, or a
    JSON document without the list that the mapping names.
    """
    with path.open("rb") as raw, decompressed(raw) as binary:
        # What can't be decoded is kept and told of the row that has it.
        text = io.TextIOWrapper(binary, form.encoding, errors="surrogateescape", newline="")
        try:
            header: list[str] = []
            match form.kind:
                case "csv":
                    header, lines = _csv(text, form.delimiter)
                case "jsonl":
                    lines = _json_lines(text)
                case "json":
                    lines = _json_items(text, form.each)
            yield OpenFile(header, lines, raw.tell)
        except (UnicodeError, EOFError, zlib.error, gzip.BadGzipFile) as error:
            what = form.encoding if isinstance(error, UnicodeError) else "gzip"
            raise UnreadableFile(f"the file is not {what} throughout") from None


@contextmanager
def decompressed(raw: io.BufferedReader) -> Iterator[io.BufferedReader | gzip.GzipFile]:
    """`raw`, or what it holds compressed with gzip."""
    packed = raw.peek(2).startswith(GZIP)
    with gzip.GzipFile(fileobj=raw) if packed else nullcontext(raw) as binary:
        yield binary


class _Recorder:
    """Hands lines on and remembers those of the row that is being read."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self.row: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.row.append(line)
        return line


def _csv(text: io.TextIOWrapper, delimiter: str) -> tuple[list[str], Iterator[Line]]:
    csv.field_size_limit(MAX_FIELD)
    recorder = _Recorder(text)
    rows = csv.reader(recorder, delimiter=delimiter)
    header = [name.strip() for name in next(rows, [])]
    if not header:
        raise UnreadableFile("the file has no first line with the names of its columns")
    return header, _csv_lines(rows, recorder, header)


def _csv_lines(rows: Iterator[list[str]], recorder: _Recorder, header: list[str]) -> Iterator[Line]:
    number = 1
    while True:
        number += len(recorder.row)
        recorder.row.clear()
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error:
            yield Line(number, ["".join(recorder.row)], None, "no valid CSV")
            continue
        if cells:
            row = dict(zip(header, cells, strict=False))
            yield Line(number, cells, row, _csv_fault(cells, header))


def _csv_fault(cells: list[str], header: list[str]) -> str:
    if len(cells) != len(header):
        return f"{len(cells)} cells where the first line has {len(header)}"
    return "" if all(map(_is_decoded, cells)) else "bytes that are not in the mapping's encoding"


def _json_lines(text: io.TextIOWrapper) -> Iterator[Line]:
    for number, raw in enumerate(text, 1):
        stripped = raw.strip()
        if stripped:
            yield _json_line(number, stripped)


def _json_line(number: int, raw: str) -> Line:
    if not _is_decoded(raw):
        return Line(number, [raw], None, "bytes that are not in the mapping's encoding")
    try:
        document = parse_json(raw)
    except Invalid as error:
        return Line(number, [raw], None, error.reason)
    if not isinstance(document, dict):
        return Line(number, [raw], None, "no JSON object")
    return Line(number, [raw], document)


def _json_items(text: io.TextIOWrapper, each: str) -> Iterator[Line]:
    """The rows of one document; a row's number is its place in the list, from 1."""
    whole = text.read()
    if not _is_decoded(whole):
        raise UnreadableFile("the file has bytes that are not in the mapping's encoding")
    try:
        rows = rows_of(parse_json(whole), each)
    except Invalid as error:
        raise UnreadableFile(f"{error.pointer or 'the file'}: {error.reason}") from None
    for number, row in enumerate(rows, 1):
        cells = [json.dumps(row, ensure_ascii=False, default=str)]
        if isinstance(row, dict):
            yield Line(number, cells, row)
        else:
            yield Line(number, cells, None, "no JSON object")


def _is_decoded(text: str) -> bool:
    return text.isascii() or not any("\udc80" <= char <= "\udcff" for char in text)
