"""Faults of attention.yaml that no schema can say."""

import pytest

from tests.shared.programme.small import Bench


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("budget: [{at_most: 1, per: 91d}]", "1:23: /budget/0/per: must be at most 90d"),
        ("budget: [{at_most: 1, per: 2161h}]", "1:23: /budget/0/per: must be at most 90d"),
        (
            'quiet_hours: {from: "21:00", to: "21:00"}',
            "1:30: /quiet_hours/to: must differ from 'from'; say never where there are no quiet "
            "hours",
        ),
    ],
)
def test_a_fault_has_its_place(bench: Bench, text: str, expected: str) -> None:
    bench.write("attention.yaml", f"{text}\n")
    assert bench.problems() == [f"attention.yaml:{expected}"]


@pytest.mark.parametrize(
    "text",
    [
        "budget: [{at_most: 1, per: 90d}, {at_most: 1, per: day}]",
        'quiet_hours: {from: "21:00", to: "20:59"}',
        "quiet_hours: never",
    ],
)
def test_what_is_sound(bench: Bench, text: str) -> None:
    bench.write("attention.yaml", f"{text}\n")
    assert bench.problems() == []
