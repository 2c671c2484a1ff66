"""The document of what scores follow from, its version, and what is wrong with one."""

import json
from decimal import Decimal
from typing import Any

import pytest

from shared.programme.formula import make_formula, read_formula
from shared.programme.formula_checks import check_formula
from shared.programme.loader import load
from shared.programme.model import FormulaDocument
from tests import shipped
from tests.shared.programme.small import Bench


def said() -> dict[str, Any]:
    """What the shipped formula says."""
    members: dict[str, Any] = json.loads(shipped.programme().formula.text, parse_float=Decimal)
    return members


def formula_with(bench: Bench, file: str, old: str, new: str) -> FormulaDocument:
    """Of the small programme with a change in one file."""
    path = bench.folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return load(bench.folder).formula


def test_a_document_says_itself_again() -> None:
    document = shipped.programme().formula
    assert read_formula(document.text) == document


def test_numbers_are_kept_as_they_were_written(bench: Bench) -> None:
    text = load(bench.folder).formula.text
    assert '"GBP":1.17' in text
    assert '"points":10.5' in text
    assert read_formula(text).exchange["GBP"] == Decimal("1.17")


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("scoring.yaml", 'points: "1"', "points: 1.0"),
        ("scoring.yaml", "landmark: 2025-01-01\n", ""),
        ("scoring.yaml", "half_life_days: 180", "half_life_days: 180.0"),
        ("programme.yaml", "shop: The Corner Shop", "shop: Another"),
        ("programme.yaml", "locale: en\n", "locale: en\nstale_after: 3d\n"),
        ("thanks/help.yaml", "stale_after: never", "stale_after: 2d"),
    ],
)
def test_what_scores_do_not_depend_on_leaves_the_version(
    bench: Bench, file: str, old: str, new: str
) -> None:
    before = load(bench.folder).formula.version
    assert formula_with(bench, file, old, new).version == before


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("scoring.yaml", "points: 10.5", "points: 10.6"),
        ("scoring.yaml", "landmark: 2025-01-01", "landmark: 2025-01-02"),
        ("scoring.yaml", "name: friend", "name: mate"),
        ("programme.yaml", "GBP: 1.17", "GBP: 1.18"),
        ("programme.yaml", "Europe/Berlin", "Europe/Paris"),
    ],
)
def test_what_scores_depend_on_changes_the_version(
    bench: Bench, file: str, old: str, new: str
) -> None:
    before = load(bench.folder).formula.version
    assert formula_with(bench, file, old, new).version != before


def test_the_shipped_formula_has_no_fault() -> None:
    assert check_formula(said(), shipped.programme()) == []


def test_every_fault_has_its_place() -> None:
    wrong = said()
    wrong["scoring"]["dimensions"]["voice"]["half_life_days"] = 1
    wrong["scoring"]["acts"]["help"]["only"] = {"segments": ["unheard-of"]}
    wrong["settings"]["currency"] = "XYZ"
    wrong["settings"]["locale"] = "en"
    places = [fault.pointer for fault in check_formula(wrong, shipped.programme())]
    assert places == [
        "/settings/locale",
        "/settings/currency",
        "/scoring/dimensions/voice/half_life_days",
    ]
    wrong["scoring"]["dimensions"]["voice"]["half_life_days"] = 30
    places = [fault.pointer for fault in check_formula(wrong, shipped.programme())]
    assert "/scoring/acts/help/only/segments/0" in places


@pytest.mark.parametrize("wrong", [{}, {"scoring": [], "settings": {}}, {"settings": 1, "x": 2}])
def test_what_has_not_the_shape_is_refused(wrong: dict[str, Any]) -> None:
    assert check_formula(wrong, shipped.programme())


def test_a_formula_made_of_floats_is_that_of_decimals() -> None:
    loose = json.loads(shipped.programme().formula.text)
    assert make_formula(loose) == shipped.programme().formula
