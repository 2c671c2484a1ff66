"""Who belongs to which segment or circle, and what people decided about that by hand."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

from msgspec import Struct

GroupKind = Literal["segment", "circle"]


class Group(NamedTuple):
    """A segment or a circle, by its name in the programme."""

    kind: GroupKind
    name: str


class Membership(Struct, frozen=True):
    """`customer` belongs to `group` since `since` (ms), by its rule or because somebody said so."""

    group: Group
    customer: str
    since: int
    by: Literal["rule", "hand"]


class Decision(Struct, frozen=True):
    """Somebody put the customer `origin` into a circle, or took them out, at `time` (ms).

    It goes before the circle's rule, and counts for `customer`, who is another once `origin` is
    merged.
    """

    circle: str
    origin: str
    customer: str
    member: bool
    time: int


def standing(decisions: Iterable[Decision]) -> Mapping[tuple[str, str], Decision]:
    """By customer and circle the decision that holds: the latest."""
    latest: dict[tuple[str, str], Decision] = {}
    for one in sorted(decisions, key=lambda one: (one.time, one.origin)):
        latest[one.customer, one.circle] = one
    return latest


def members(
    ruled: Iterable[tuple[Group, str]], decisions: Iterable[Decision], now: int
) -> Sequence[Membership]:
    """Memberships by rule, found at `now` (ms), and by hand, which goes first."""
    decided = standing(decisions)
    by_rule = [
        Membership(group, customer, now, "rule")
        for group, customer in ruled
        if group.kind != "circle" or (customer, group.name) not in decided
    ]
    by_hand = [
        Membership(Group("circle", circle), customer, one.time, "hand")
        for (customer, circle), one in decided.items()
        if one.member
    ]
    return by_rule + by_hand


class Difference(NamedTuple):
    """What has to be written, and whom to strike from which group."""

    put: Sequence[Membership]
    drop: Sequence[tuple[Group, str]]


def difference(before: Iterable[Membership], after: Iterable[Membership]) -> Difference:
    """What leads from one to the other; who stays by rule keeps their `since`."""
    kept = {(one.group, one.customer): one for one in before}
    wanted = {(one.group, one.customer): one for one in after}
    put = [one for key, one in wanted.items() if not _same(kept.get(key), one)]
    return Difference(put, [key for key in kept if key not in wanted])


def _same(kept: Membership | None, wanted: Membership) -> bool:
    if kept is None or kept.by != wanted.by:
        return False
    return wanted.by == "rule" or kept.since == wanted.since


class OfCustomer(Protocol):
    """A row that is about a customer."""

    @property
    def customer(self) -> str: ...


def whole_up_to(rows: Sequence[OfCustomer], most: int, until: str | None) -> str | None:
    """Up to which customer `rows`, in order and cut off after `most`, have everything that there
    is up to `until`; None: of all."""
    if len(rows) < most:
        return until
    last = rows[-1].customer
    return max((one.customer for one in rows if one.customer < last), default=last)
