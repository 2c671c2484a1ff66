"""The reject file: line number and reason, then the row as it stood, ready to be mended."""

import csv
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from services.events.history.reader import Line, open_rows
from services.events.mapping.language import ActsMapping, AnyMapping, FileFormat
from services.events.mapping.order import read_order_id
from services.events.mapping.plan import Fault
from shared.errors import Invalid

COLUMNS = ["line", "reason"]


def rejects_of(
    source: Path,
    mapping: AnyMapping,
    faulty_lines: Mapping[int, str],
    faulty_orders: Mapping[str, Fault],
) -> Iterator[tuple[Line, str]]:
    """Every rejected line of `source` with its reason, in the sequence of the file."""
    with open_rows(source, mapping.file) as rows:
        for line in rows.lines:
            if line.number in faulty_lines:
                yield line, faulty_lines[line.number]
            elif (fault := faulty_orders.get(_order_id(mapping, line))) is not None:
                yield line, fault.at(line.number)


def _order_id(mapping: AnyMapping, line: Line) -> str:
    if isinstance(mapping, ActsMapping):
        return ""
    try:
        return read_order_id(mapping.order.id, line.row) if line.row is not None else ""
    except Invalid:
        return ""


def write_rejects(
    target: Path, source: Path, form: FileFormat, rejects: Iterator[tuple[Line, str]]
) -> int:
    """Write `rejects` to `target` as CSV and return their number; with none there is no file.

    It has the columns of `source` behind its own two, in the same encoding and with the same
    delimiter, so that the mended file goes through the same mapping. Only its owner can read it.
    """
    with open_rows(source, form) as rows:
        header = rows.header or ["row"]
    part = target.with_name(target.name + ".part")
    count = 0
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(
        descriptor, "w", encoding=form.encoding, errors="surrogateescape", newline=""
    ) as file:
        writer = csv.writer(file, delimiter=form.delimiter)
        writer.writerow([*COLUMNS, *header])
        for line, reason in rejects:
            writer.writerow([line.number, reason, *line.cells])
            count += 1
    if count:
        part.replace(target)
    else:
        part.unlink()
        target.unlink(missing_ok=True)
    return count
