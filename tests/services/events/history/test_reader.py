"""Rows and their line numbers, in many encodings and in bad shape."""

import gzip
from decimal import Decimal
from pathlib import Path

import pytest

from services.events.history.reader import Line, UnreadableFile, open_rows
from services.events.mapping.language import FileFormat
from tests.services.events.history.builders import CSV

JSON_LINES = FileFormat("jsonl", "utf-8", ",")


def read(path: Path, content: bytes, form: FileFormat = CSV) -> list[Line]:
    """All lines of a file with this content."""
    path.write_bytes(content)
    with open_rows(path, form) as rows:
        return list(rows.lines)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "orders"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("packed", [False, True])
def test_encodings(path: Path, encoding: str, packed: bool) -> None:
    content = "id;name\n1;Bär £5\n".encode(encoding)
    content = gzip.compress(content, mtime=0) if packed else content
    (line,) = read(path, content, FileFormat("csv", encoding, ";"))
    assert line == Line(2, ["1", "Bär £5"], {"id": "1", "name": "Bär £5"})


def test_a_byte_order_mark_is_no_part_of_the_first_name(path: Path) -> None:
    (line,) = read(path, "id\n1\n".encode("utf-8-sig"))
    assert line.row == {"id": "1"}


def test_line_numbers_with_quoted_line_ends_and_blank_lines(path: Path) -> None:
    lines = read(path, b'id,"na\nme"\n1,"a\r\nb"\r\n\r\n2,c\r\n')
    assert [(line.number, line.cells[0]) for line in lines] == [(3, "1"), (6, "2")]


def test_a_row_of_another_width_is_broken_but_may_name_its_order(path: Path) -> None:
    short, long = read(path, b"id,a,b\n1,x\n2,x,y,z\n")
    assert (short.row, short.fault) == (
        {"id": "1", "a": "x"},
        "2 cells where the first line has 3",
    )
    assert long.cells == ["2", "x", "y", "z"]
    assert long.fault == "4 cells where the first line has 3"


def test_bytes_in_another_encoding_spoil_their_row_alone(path: Path) -> None:
    bad, good = read(path, b"id,name\n1,\xa35\n2,\xc2\xa35\n")
    assert bad.fault == "bytes that are not in the mapping's encoding"
    assert bad.cells[1].encode("utf-8", "surrogateescape") == b"\xa35"
    assert good.fault == ""


def test_a_quote_that_never_ends_is_told_and_nothing_is_lost(path: Path) -> None:
    one, rest = read(path, b'id,name\n1,a\n2,"b\n3,c\n')
    assert one.fault == ""
    assert (rest.number, rest.cells) == (3, ["2", "b\n3,c\n"])


def test_a_cell_beyond_all_measure(path: Path) -> None:
    big, after = read(path, b"id\n" + b"x" * 1_000_001 + b"\n2\n")
    assert (big.number, big.fault, big.row) == (2, "no valid CSV", None)
    assert big.cells == ["x" * 1_000_001 + "\n"]
    assert (after.number, after.cells) == (3, ["2"])


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (b"", CSV),
        (gzip.compress(b"id\n1\n" * 1000, mtime=0)[:-20], CSV),
        (b"\x1f\x8bnot gzip at all", CSV),
        ("id\n1\n".encode("utf-16") + b"\x00", FileFormat("csv", "utf-16", ",")),
    ],
)
def test_files_that_are_none(path: Path, content: bytes, form: FileFormat) -> None:
    with pytest.raises(UnreadableFile):
        read(path, content, form)


@pytest.mark.parametrize(
    ("content", "each"),
    [
        (b'{"data": {"rows": [{"a": 1.10}, 7, {"a": 2}]}}', "/data/rows"),
        (b'[{"a": 1.10}, 7, {"a": 2}]', ""),
    ],
)
def test_rows_of_a_json_document(path: Path, content: bytes, each: str) -> None:
    lines = read(path, content, FileFormat("json", "utf-8", ",", each))
    assert [(line.number, line.row, line.fault) for line in lines] == [
        (1, {"a": Decimal("1.10")}, ""),
        (2, None, "no JSON object"),
        (3, {"a": 2}, ""),
    ]


@pytest.mark.parametrize(
    ("content", "each"),
    [
        (b"", ""),
        (b"{", ""),
        (b"[" * 99_999, ""),
        (b'{"a": "\xff"}', ""),
        (b'{"rows": {}}', "/rows"),
        (b"{}", "/rows"),
        (b"[]", "/rows"),
    ],
)
def test_json_documents_without_rows(path: Path, content: bytes, each: str) -> None:
    with pytest.raises(UnreadableFile):
        read(path, content, FileFormat("json", "utf-8", ",", each))


def test_one_document_can_be_one_row(path: Path) -> None:
    (line,) = read(path, b'{"a": 1}', FileFormat("json", "utf-8", ","))
    assert line.row == {"a": 1}


def test_json_lines(path: Path) -> None:
    lines = read(
        path, b'{"a": 1.10}\n\n{"a": NaN}\nnull\n{"a"\n{"a":"\xff"}\n' + b"[" * 99_999, JSON_LINES
    )
    assert lines[0].row == {"a": Decimal("1.10")}
    assert [(line.number, line.fault) for line in lines] == [
        (1, ""),
        (3, "no valid JSON"),
        (4, "no JSON object"),
        (5, "no valid JSON"),
        (6, "bytes that are not in the mapping's encoding"),
        (7, "no valid JSON"),
    ]
