"""Moments that acts bring: firsts, nth, comebacks and bad experiences."""

from collections.abc import Iterator, Mapping, Sequence

from services.engagement.domain import ledger
from services.engagement.domain.act import act_ref
from services.engagement.domain.decay import DAY_MS
from services.engagement.domain.formula import Formula
from services.engagement.domain.ledger import Change, Entry
from services.engagement.domain.moment import Moment, moment_id
from services.engagement.domain.moments.rules import Risk, Rules
from services.engagement.domain.profile import Profile
from shared.contracts.engagement import MomentKind

_NO_ACT = frozenset((ledger.WITHDRAWN, ledger.EXCLUDED))
_NO_FURTHER_ORDER = frozenset((ledger.ORDER_REPEATED, ledger.ORDER_REVISED, ledger.SUPERSEDED))


def own_acts(entries: Sequence[Entry]) -> list[Entry]:
    """Those that stand for an act of somebody who may earn, in the order in which they happened."""
    own = [e for e in entries if e.withdraws is None and e.note not in _NO_ACT]
    if len(own) > 1:
        own.sort(key=lambda entry: (entry.time, entry.key))
    return own


def firsts(
    before: Profile | None, change: Change, acts: Sequence[Entry], rules: Rules
) -> Iterator[Moment]:
    """The first contact, and the first act of each kind whose first time is a moment."""
    counts: Mapping[str, int] = before.acts if before is not None else {}
    if rules.contact and not counts and acts:
        yield moment_of(acts[0], "first", "contact")
    for kind, times in change.acts.items():
        if times > 0 and kind in rules.firsts and counts.get(kind, 0) <= 0:
            for act in _counted(acts, kind)[:1]:
                yield moment_of(act, "first", kind)


def nths(
    before: Profile | None, change: Change, acts: Sequence[Entry], rules: Rules
) -> Iterator[Moment]:
    """Acts whose number among those of their kind is a moment, in the order of their arrival."""
    for kind, times in change.acts.items():
        known = before.acts.get(kind, 0) if before is not None else 0
        for number in rules.nth.get(kind, ()):
            counted = _counted(acts, kind) if known < number <= known + times else []
            if counted:
                act = counted[min(number - known, len(counted)) - 1]
                yield moment_of(act, "nth", kind, str(number), number=number)


def comebacks(
    before: Profile | None, acts: Sequence[Entry], formula: Formula, after: int
) -> Iterator[Moment]:
    """Acts after a lapse; what takes an order back brings nobody back. `number` is in days."""
    last = before.last if before is not None else None
    for act in acts:
        lapsed = last is not None and act.time - last >= after
        if last is not None and lapsed and formula.orders.get(act.kind, act.kind) == act.kind:
            days = (act.time - last) // DAY_MS
            yield moment_of(act, "comeback", act.kind, act.key, number=days)
        last = act.time if last is None else max(last, act.time)


def bad_experiences(acts: Sequence[Entry], risk: Risk, noticed: int | None) -> Iterator[Moment]:
    """Those that are not too soon after the one that was `noticed` last."""
    for act in acts:
        if not _is_bad(act, risk):
            continue
        if noticed is None or act.time >= noticed + risk.at_most_every:
            noticed = act.time
            yield moment_of(act, "at_risk", act.kind, act.key)


def moment_of(
    act: Entry, kind: MomentKind, name: str, occurrence: str = "", *, number: int | None = None
) -> Moment:
    """A moment that an act brings when it happens."""
    return Moment(
        id=moment_id(act.customer, kind, name, occurrence),
        customer=act.customer,
        kind=kind,
        name=name,
        time=act.time,
        number=number,
        act=act_ref(act),
    )


def _counted(acts: Sequence[Entry], kind: str) -> list[Entry]:
    return [act for act in acts if act.kind == kind and act.note not in _NO_FURTHER_ORDER]


def _is_bad(act: Entry, risk: Risk) -> bool:
    if act.kind in risk.acts or (risk.late_delivery and act.kept_promise is False):
        return True
    return act.rating is not None and act.rating <= risk.rating_at_most
