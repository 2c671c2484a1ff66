"""What of the ledger has to be known before acts can be scored."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from services.engagement.domain.act import Act
from services.engagement.domain.formula import Formula
from services.engagement.domain.ledger import Entry, order_key
from services.engagement.storage.standing import Standing


def keys(acts: Sequence[Act], targets: Iterable[str]) -> Collection[str]:
    """Keys of the entries of the acts themselves, and of those that they take back."""
    return [*(act.key for act in acts), *targets]


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
