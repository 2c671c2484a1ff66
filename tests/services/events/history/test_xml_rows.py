"""Dumps in XML, also such as were made to do harm."""

import gzip
import tracemalloc
from pathlib import Path

import pytest

from services.events.history.reader import UnreadableFile
from services.events.history.xml_rows import LONGEST_ELEMENT, open_xml
from tests.services.events.history.dumps import question, write_posts


def read(path: Path) -> int:
    """How many rows there are."""
    with open_xml(path, "row") as xml:
        return sum(1 for _ in xml.rows)


def test_rows_also_compressed(tmp_path: Path) -> None:
    plain = write_posts(tmp_path / "Posts.xml", [question(n) for n in range(1, 2001)])
    packed = tmp_path / "Posts.xml.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert read(plain) == read(packed) == 2000
    with open_xml(plain, "row") as xml:
        first = next(iter(xml.rows))
        assert first["Title"] == "Question 1"
        assert 0 < xml.position() <= plain.stat().st_size


BOMB = '<!DOCTYPE posts [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
THIEF = '<!DOCTYPE posts [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
REMOTE = '<!DOCTYPE posts SYSTEM "http://127.0.0.1:1/posts.dtd">'


@pytest.mark.parametrize("head", [BOMB, THIEF, REMOTE])
def test_no_document_type_hence_no_entities(tmp_path: Path, head: str) -> None:
    path = write_posts(tmp_path / "Posts.xml", [question(1)], head)
    with pytest.raises(UnreadableFile, match="document type"):
        read(path)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"<posts><row Id='1'", "line 1 is not XML"),
        (b"id,title\n1,2\n", "line 1 is not XML"),
        (b"<a>" * 100, "nested"),
        (b"\x1f\x8b broken", "gzip"),
        (b"<posts><row Id='" + b"1" * (LONGEST_ELEMENT + 2**18), "longer than any row"),
    ],
)
def test_what_is_no_dump(tmp_path: Path, text: bytes, reason: str) -> None:
    path = tmp_path / "Posts.xml"
    path.write_bytes(text)
    with pytest.raises(UnreadableFile, match=reason):
        read(path)


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    peaks = []
    for rows in (2_000, 20_000):
        path = write_posts(tmp_path / f"{rows}.xml", (question(n) for n in range(1, rows + 1)))
        tracemalloc.start()
        assert read(path) == rows
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]
