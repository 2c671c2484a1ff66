"""Who a customer's acts count for, as customers are merged, parted and erased."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from shared.merging import survivor_of


@dataclass(frozen=True, slots=True)
class CustomerRecord:
    """What requite.customers.v1 says that scores depend on; a higher `revision` is newer."""

    customer: str
    revision: int
    merged_into: str | None = None
    excluded: Literal["staff", "blocked"] | None = None

    @property
    def says_something(self) -> bool:
        """Whether it matters where nothing was known of the customer before."""
        return self.merged_into is not None or self.excluded is not None


def redirected(record: CustomerRecord, merged_into: Mapping[str, str]) -> Mapping[str, str]:
    """The redirects once `record` is known."""
    others = {id: into for id, into in merged_into.items() if id != record.customer}
    if record.merged_into is None or record.merged_into == record.customer:
        return others
    return others | {record.customer: record.merged_into}


def touched(
    before: Mapping[str, str],
    after: Mapping[str, str],
    record: CustomerRecord,
    was_excluded: bool,
) -> frozenset[str]:
    """Customers whose entries come, go, or earn something else as the redirects change and
    `record` is known."""
    ids = {*before, *before.values(), *after, *after.values()}
    ways = [(survivor_of(id, before), survivor_of(id, after)) for id in ids]
    moved = frozenset(one for way in ways if way[0] != way[1] for one in way)
    turned = (record.excluded is not None) != was_excluded
    return moved | {survivor_of(record.customer, after)} if turned else moved


def leading_to(customer: str, merged_into: Mapping[str, str]) -> frozenset[str]:
    """The customer and all ids whose acts have come through it to whom they count for."""
    found = {customer}
    while more := {id for id, into in merged_into.items() if into in found} - found:
        found |= more
    return frozenset(found)
