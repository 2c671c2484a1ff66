"""What entries earn as their customers stand: merged, parted, excluded or erased."""

from collections.abc import Collection, Iterable, Mapping

from msgspec.structs import replace

from services.engagement.domain.act import Telling
from services.engagement.domain.folding import Folded, fold
from services.engagement.domain.formula import Formula
from services.engagement.domain.ledger import Entry
from shared.merging import survivor_of

NOBODY = ""
"""Whom the entries of an erased customer count for."""


def readdress(
    entries: Iterable[Entry],
    merged_into: Mapping[str, str],
    formula: Formula,
    erased: Collection[str] = (),
    excluded: Collection[str] = (),
) -> Folded:
    """All entries of some customers, each counting for whoever its origin stands for now.

    Entries of `erased` origins keep no more than their identity and what it earned.
    """
    gone: list[Entry] = []
    left: list[Entry] = []
    for entry in entries:
        (gone if entry.origin in erased else left).append(entry)

    def customer_of(telling: Telling) -> str:
        return survivor_of(telling.origin, merged_into)

    folded = fold(left, formula, customer_of, excluded)
    return Folded([*map(_cut, gone), *folded.entries], folded.changes)


def _cut(entry: Entry) -> Entry:
    return replace(entry, customer=NOBODY, origin=NOBODY, order=None, track=None)
