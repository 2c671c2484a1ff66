"""discovery.yaml: what becomes of it, and what is wrong with it, by line."""

import pytest

from shared.config import DEFAULT_PROGRAMME
from shared.programme.loader import load
from shared.programme.model import Detection
from tests.shared.programme.small import Bench

CAREFUL = {
    "accepted_answer": Detection(True, 0.9, 0.5),
    "thankful_reply": Detection(True, None, 0.5),
    "word_of_mouth": Detection(True, 0.8, 0.5),
}


def test_the_shipped_values_are_those_that_hold_without_the_file(bench: Bench) -> None:
    assert load(bench.folder).discovery == CAREFUL
    assert load(DEFAULT_PROGRAMME).discovery == CAREFUL


def test_what_is_said_and_what_is_left_out(bench: Bench) -> None:
    before = load(bench.folder).version
    bench.write("discovery.yaml", "thankful_reply: {emit_from: 0.95}\nword_of_mouth: {on: false}\n")
    programme = load(bench.folder)
    assert programme.discovery == CAREFUL | {
        "thankful_reply": Detection(True, 0.95, 0.5),
        "word_of_mouth": Detection(False, 0.8, 0.5),
    }
    assert programme.version != before


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("thankful_repli: {on: true}\n", "1:1: /thankful_repli: unknown key. Did you mean"),
        ("thankful_reply: {emit_from: 1.5}\n", "1:18: /thankful_reply/emit_from: must be at most"),
        ("thankful_reply: {emit_from: often}\n", "1:18: /thankful_reply/emit_from: must be a conf"),
        ("thankful_reply: {emit_from: 0.4}\n", "1:18: /thankful_reply/emit_from: must be at least"),
        ("thankful_reply: {on: perhaps}\n", "1:18: /thankful_reply/on: must be true or false"),
        ("- on\n", "1:1: must be a mapping"),
    ],
)
def test_what_is_wrong(bench: Bench, text: str, problem: str) -> None:
    bench.write("discovery.yaml", text)
    (found,) = bench.problems()
    assert f"discovery.yaml:{problem}" in found
