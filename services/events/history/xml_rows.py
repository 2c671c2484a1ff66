"""Rows of a dump in XML, one element each, with memory that does not grow with the file.

The file is hostile until read: no document type, hence no entities to blow up or to fetch; no
deep nesting; no element so long that it would fill the memory.
"""

import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from xml.parsers import expat

from services.events.history.reader import UnreadableFile, decompressed

CHUNK = 2**16
LONGEST_ELEMENT = 2**24
DEEPEST = 20


@dataclass(frozen=True, slots=True)
class OpenXml:
    """A file while it is read: the attributes of each row; `position` counts the file's bytes."""

    rows: Iterator[Mapping[str, str]]
    position: Callable[[], int]


@contextmanager
def open_xml(path: Path, element: str) -> Iterator[OpenXml]:
    """Read `path`, also when it is compressed with gzip. Raises OSError, UnreadableFile."""
    with path.open("rb") as raw, decompressed(raw) as binary:
        try:
            yield OpenXml(_rows(binary, element), raw.tell)
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code)
            raise UnreadableFile(f"line {error.lineno} is not XML: {reason}") from None
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise UnreadableFile("the file is not gzip throughout") from None


def _rows(binary: io.BufferedReader | gzip.GzipFile, element: str) -> Iterator[Mapping[str, str]]:
    found: list[Mapping[str, str]] = []
    parser = _parser(element, found)
    read = 0
    while chunk := binary.read(CHUNK):
        read += len(chunk)
        parser.Parse(chunk, False)
        if read - parser.CurrentByteIndex > LONGEST_ELEMENT:
            raise UnreadableFile(f"line {parser.CurrentLineNumber} is longer than any row")
        yield from found
        found.clear()
    parser.Parse(b"", True)
    yield from found


def _parser(element: str, found: list[Mapping[str, str]]) -> expat.XMLParserType:
    parser = expat.ParserCreate()
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise UnreadableFile(f"line {parser.CurrentLineNumber} is nested too deeply")
        if name == element:
            found.append(attributes)

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    def refuse(*_: object) -> NoReturn:
        raise UnreadableFile("the file declares a document type, which dumps do not have")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    return parser
