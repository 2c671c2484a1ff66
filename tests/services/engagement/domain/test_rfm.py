"""Fifths by sketches, against the exact ones."""

import random
from bisect import bisect_left, bisect_right

import pytest
from datasketches import kll_doubles_sketch

from services.engagement.domain.profile import Profile
from services.engagement.domain.rfm import NO_ORDERS, Bought, Cuts, K, Rfm, Sketches, bought
from tests.services.engagement.builders import START, make_formula

FORMULA = make_formula()


def shopper(orders: int, gross: int = 0, back: int = 0, last: int = START) -> Profile:
    return Profile("c-1", acts={"purchase": orders}, money={"EUR": (gross, back)}, last=last)


def test_what_a_customer_bought() -> None:
    profile = Profile(
        "c-1",
        acts={"purchase": 2, "refund": 1, "help": 9},
        money={"EUR": (1_000_000, 250_000), "GBP": (100_000, 0), "XXX": (7, 0)},
        last=START,
    )
    assert bought(profile, FORMULA) == Bought(float(START), 2.0, 75 + 11.7)
    assert bought(Profile("c-2", acts={"help": 3}), FORMULA) is None


@pytest.mark.parametrize("distribution", ["uniform", "lognormal"])
def test_cuts_are_within_the_stated_error(distribution: str) -> None:
    dice = random.Random(7)
    draw = dice.random if distribution == "uniform" else lambda: dice.lognormvariate(3, 2)
    everybody = [Bought(draw(), draw(), draw()) for _ in range(50_000)]
    sketches = Sketches()
    for one in everybody:
        sketches.add(one)
    cuts = sketches.cuts(START)
    assert (cuts.customers, cuts.time) == (len(everybody), START)
    error = kll_doubles_sketch(K).normalized_rank_error(False)
    assert error < 0.014
    for ends, values in zip(
        (cuts.recency, cuts.frequency, cuts.monetary), zip(*everybody, strict=True), strict=True
    ):
        ordered = sorted(values)
        for end, share in zip(ends, (0.2, 0.4, 0.6, 0.8), strict=True):
            low = bisect_left(ordered, end) / len(ordered)
            high = bisect_right(ordered, end) / len(ordered)
            # The bound holds with 99 % confidence for each of 24 cuts, and leaves room for luck.
            assert low - 2 * error <= share <= high + 2 * error


def test_few_customers_are_told_exactly() -> None:
    sketches = Sketches()
    for number in range(1, 11):
        sketches.add(Bought(float(number), float(number), float(number)))
    cuts = sketches.cuts(START)
    assert [cuts.place(Bought(n, n, n)).recency for n in range(1, 11)] == [
        1, 1, 2, 2, 3, 3, 4, 4, 5, 5,
    ]  # fmt: skip


def test_who_is_equal_is_in_the_same_fifth_and_more_is_never_less() -> None:
    sketches = Sketches()
    for number in [1] * 70 + [2] * 20 + [9] * 10:
        sketches.add(Bought(0.0, float(number), -5.0))
    cuts = sketches.cuts(START)
    fifths = [cuts.place(Bought(0.0, float(n), -5.0)).frequency for n in (1, 2, 3, 9, 99)]
    assert fifths == sorted(fifths)
    assert fifths[0] == 1
    assert fifths[1] > 1
    assert cuts.place(Bought(0.0, 1.0, -5.0)) == Rfm(1, 1, 1)


def test_without_orders_there_are_no_fifths() -> None:
    sketches = Sketches()
    sketches.add(None)
    assert sketches.cuts(START) == Cuts((), (), (), 0, START)
    assert sketches.cuts(START).place(bought(shopper(0), FORMULA)) == NO_ORDERS


def test_memory_does_not_grow_with_the_customers() -> None:
    sketches = Sketches()
    for number in range(100_000):
        sketches.add(Bought(float(number), 1.0, float(number)))
    assert all(sketch.num_retained < 4 * K for sketch in sketches._sketches)
