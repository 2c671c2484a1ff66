"""YAML is read with exact numbers and the place of every member."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.programme.documents import parse


def read(text: str) -> tuple[object, list[str]]:
    document, problems = parse(text, "f.yaml")
    return document and document.data, [str(problem) for problem in problems]


def test_scalars_are_plain_values() -> None:
    data, problems = read("a: 1.10\nb: -2\nc: x\nd: 2025-01-01\ne: true\nf:\non: 'no'\nno: '1'")
    assert problems == []
    assert data == {
        "a": Decimal("1.10"),
        "b": -2,
        "c": "x",
        "d": "2025-01-01",
        "e": True,
        "f": None,
        "on": "no",
        "no": "1",
    }


def test_places_are_those_of_keys_and_items() -> None:
    document, _ = parse("a:\n  - x: 1\n    y/z: 2\n  - {w: 3}\n", "f.yaml")
    assert document is not None
    assert document.places == {
        "": (1, 1),
        "/a": (1, 1),
        "/a/0": (2, 5),
        "/a/0/x": (2, 5),
        "/a/0/y~1z": (3, 5),
        "/a/1": (4, 5),
        "/a/1/w": (4, 6),
    }
    assert document.problem("/a/1/missing/deeper", "…").line == 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: 3\n", "f.yaml:3:1: /a: appears twice, first in line 1"),
        ("a:\n  b: 1\n  b: 1\n", "f.yaml:3:3: /a/b: appears twice, first in line 2"),
        ("a: [1\nb: 2\n", "f.yaml:2:2: not YAML: expected ',' or ']', but got ':'"),
        ("a: 1\n---\nb: 2\n", "f.yaml:2:1: not YAML: but found another document"),
        ("a: &x 1\nb: *x\n", "f.yaml:1:4: /b: anchors and aliases are not used in a programme"),
        ("a: !!python/object:os.system x\n", "f.yaml:1:4: /a: tags are not used in a programme"),
        ("a: .inf\n", "f.yaml:1:4: /a: a number must be written in plain digits"),
        ("a: 0x10\n", "f.yaml:1:4: /a: a number must be written in plain digits"),
        ("a: 1e3\n", "f.yaml:1:4: /a: a number must be written in plain digits"),
        ("? [a]\n: 1\n", "f.yaml:1:3: a key must be a plain word"),
        ("# nothing\n", "f.yaml:1:1: is empty"),
        ("a: \x01\n", "f.yaml:1:1: not YAML: unacceptable character #x0001"),
    ],
)
def test_faults_have_their_line(text: str, expected: str) -> None:
    _, problems = read(text)
    assert len(problems) == 1
    assert problems[0].startswith(expected)


def test_an_alias_to_itself_ends() -> None:
    _, problems = read("a: &x [*x]\n")
    assert len(problems) == 1


def test_a_very_deep_document_is_a_problem_and_no_crash() -> None:
    document, problems = read("[" * 20_000)
    assert document is None
    assert len(problems) == 1


@given(st.text(st.sampled_from("ab:- \n[]{}&*!'\"#|>,?01.%@\t"), max_size=40))
def test_any_text_gives_a_document_or_a_problem(text: str) -> None:
    document, problems = parse(text, "f.yaml")
    assert document is not None or problems
