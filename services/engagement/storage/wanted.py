"""What of the ledger has to be known before acts can be scored."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from services.engagement.domain.act import Act
from services.engagement.domain.formula import Formula
from services.engagement.domain.ledger import Entry, order_key, track_key
from services.engagement.domain.profile import Profile
from services.engagement.storage.standing import Standing


def keys(acts: Sequence[Act], targets: Iterable[str]) -> Collection[str]:
    """Keys of the entries of the acts themselves, and of those that they take back."""
    return [*(act.key for act in acts), *targets]


def customers(acts: Sequence[Act], survivors: Mapping[str, str]) -> Sequence[str]:
    """Whom the acts count for."""
    return list({survivors.get(act.origin, act.origin) for act in acts})


def orders(
    acts: Sequence[Act],
    survivors: Mapping[str, str],
    withdrawn: Iterable[Entry | None],
    formula: Formula,
) -> Collection[str]:
    """Keys of the orders that the acts, or acts that they take back, have a part in."""
    found = {
        order_key(survivors.get(act.origin, act.origin), act.order_id)
        for act in acts
        if act.order_id is not None and act.kind in formula.orders
    }
    return found | {entry.order for entry in withdrawn if entry and entry.order is not None}


def withdrawals(
    acts: Sequence[Act],
    survivors: Mapping[str, str],
    standings: Mapping[str, Standing],
    targets: Iterable[str],
) -> Collection[str]:
    """Keys of the acts that may have been taken back before; nearly always none."""
    suspects = {id for id, standing in standings.items() if standing.has_withdrawals}
    awaited = (
        act.key for act in acts if suspects and survivors.get(act.origin, act.origin) in suspects
    )
    return {*targets, *awaited}


def tracks(
    acts: Sequence[Act],
    survivors: Mapping[str, str],
    withdrawn: Iterable[Entry | None],
    profiles: Mapping[str, Profile],
    formula: Formula,
) -> Mapping[str, int]:
    """Keys of the tracks that the acts, or acts that they take back, are in, each with the time
    (ms) from which on its entries have a say; 0 for all of them."""
    if not formula.limited:
        return {}
    found: dict[str, int] = {}
    for act in acts:
        customer = survivors.get(act.origin, act.origin)
        profile = profiles.get(customer)
        if profile is None:
            continue  # Nobody who has no entries has a track.
        _want(found, customer, act.kind, act.time, formula)
        if act.time < profile.first:
            found |= {track_key(customer, kind): 0 for kind in formula.aged}
    for entry in withdrawn:
        if entry is not None:
            _want(found, entry.customer, entry.kind, entry.time, formula)
    return found


def _want(found: dict[str, int], customer: str, kind: str, time: int, formula: Formula) -> None:
    limits = formula.limits_of(kind)
    if limits is None:
        return
    of_orders = kind in formula.orders
    since = 0 if of_orders or limits.need_all else limits.reach_back(time)
    key = track_key(customer, formula.orders.get(kind, kind))
    found[key] = min(since, found.get(key, since))
