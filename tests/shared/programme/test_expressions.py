"""Rules about a customer: what compiles, what it answers, and how faults are told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.programme.expressions import EvaluationFailed, ExpressionInvalid, Fault, Language

LANGUAGE = Language(["purchase", "help"], ["commerce"], ["top-fan"])
NUMBERS = st.floats(-1e9, 1e9, allow_nan=False) | st.integers(-1000, 1000)


def faults(text: str) -> tuple[Fault, ...]:
    with pytest.raises(ExpressionInvalid) as caught:
        LANGUAGE.compile(text)
    return caught.value.faults


@given(total=NUMBERS, bought=st.integers(0, 9), level=st.sampled_from(["friend", "ally", ""]))
def test_expressions_agree_with_python(total: float, bought: int, level: str) -> None:
    values = {"total": total, "acts.purchase": bought, "level": level, "scores.top_fan": total}
    for text, expected in {
        "total > 20": total > 20,
        "total >= 20.5": total >= 20.5,
        "acts.purchase == 3 || level == 'ally'": bought == 3 or level == "ally",
        "level in ['friend', 'ally'] && total < 0": level != "" and total < 0,
        "!(scores.top_fan > 1) ? acts.purchase > 2 : true": not total <= 1 or bought > 2,
        "level.startsWith('f')": level.startswith("f"),
    }.items():
        assert LANGUAGE.compile(text).holds(values) is expected, text


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("total > 20", {"total"}),
        ("acts . purchase > 1", {"acts.purchase"}),
        ("level.startsWith('a') && rfm.recency > 3", {"level", "rfm.recency"}),
        (
            "scores.top_fan > 1 || dimensions.commerce > 1",
            {"scores.top_fan", "dimensions.commerce"},
        ),
        ("true", set()),
    ],
)
def test_an_expression_knows_what_it_asks_for(text: str, variables: set[str]) -> None:
    assert LANGUAGE.compile(text).variables == variables


@pytest.mark.parametrize(
    ("text", "offset", "reason"),
    [
        ("acts.purchas > 1", 0, "'acts.purchas' is unknown. Did you mean 'purchase'?"),
        ("tota > 1", 0, "'tota' is unknown. Did you mean 'total'?"),
        ("acts.x > 1", 0, "'acts.x' is unknown. Known: acts.help, acts.purchase."),
        ("true &&\n  acts.x > 1", 10, "'acts.x' is unknown. Known: acts.help, acts.purchase."),
        ("total >", 7, "Syntax error: mismatched input '<EOF>'"),
        ("true or true", 5, "Syntax error: mismatched input 'or'. Here they are ==, !=, &&, ||"),
        ("level > 3", 6, "'>' does not go with (string, int)"),
        ("orders > 2.5", 7, "'>' does not go with (int, double)"),
        ("orders", 0, "must be true or false, and is int: compare it"),
        ("1 / orders > 2", 0, "has no answer for a customer without acts: divide by zero"),
        ("total > 'a'", 0, "has no answer for a customer without acts: No matching overloads"),
        ("level.matches('(')", 0, "has no answer for a customer without acts: invalid regular"),
        ("true && frob(1)", 8, "'frob': unknown function"),
    ],
)
def test_faults_have_a_place_and_a_reason(text: str, offset: int, reason: str) -> None:
    (fault,) = faults(text)
    assert fault.offset == offset
    assert fault.reason.startswith(reason)


def test_every_fault_is_told() -> None:
    assert [fault.offset for fault in faults("tota > 1 && leve == 'a'")] == [0, 12]


@pytest.mark.parametrize(
    "text",
    ["[1, 2].all(x, x > 0)", "[1, 2].map(x, x) == [1]", "[[1].exists(y, y > 0)] == [true]"],
)
def test_there_are_no_loops(text: str) -> None:
    assert any("there are no loops" in fault.reason for fault in faults(text))


def test_depth_is_bounded() -> None:
    (fault,) = faults("(" * 400 + "true" + ")" * 400)
    assert "recursion limit" in fault.reason


def test_what_fails_for_some_says_so() -> None:
    expression = LANGUAGE.compile("orders == 0 || 100 / (orders - 1) > 3")
    assert expression.holds({"orders": 0})
    with pytest.raises(EvaluationFailed, match="divide by zero"):
        expression.holds({"orders": 1})
