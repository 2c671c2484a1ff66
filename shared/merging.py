"""Who an id stands for now: two ids of one person were merged, and the one that stays answers.

Nothing that is kept under an id moves when the id is merged into another. What is asked about the
survivor is looked up under all ids that lead to it, so that an undone merge leaves no trace, and
records may arrive in any order.
"""

from collections.abc import Mapping


def survivor_of(customer: str, merged_into: Mapping[str, str]) -> str:
    """The id at the end of the chain that begins at `customer`.

    Records that are still under way can make a circle for a moment; then the least of its ids
    stands for all of them.
    """
    passed = {customer: 0}
    while (following := merged_into.get(customer)) is not None:
        if following in passed:
            return min(list(passed)[passed[following] :])
        passed[following] = len(passed)
        customer = following
    return customer


def family_of(customer: str, merged_into: Mapping[str, str]) -> frozenset[str]:
    """All ids that stand for the same person as `customer`, itself included."""
    survivor = survivor_of(customer, merged_into)
    leading = {id for id in merged_into if survivor_of(id, merged_into) == survivor}
    return frozenset(leading | {customer, survivor})
