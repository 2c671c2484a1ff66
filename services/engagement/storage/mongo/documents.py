"""Documents of the ledger and of profiles."""

from math import copysign
from typing import Any

from bson.decimal128 import Decimal128
from msgspec import to_builtins

from services.engagement.domain.act import Money
from services.engagement.domain.ledger import Change, Entry
from services.engagement.domain.profile import Profile
from services.engagement.domain.watch import Watch
from services.engagement.storage.mongo.watches import watch_of

Document = dict[str, Any]

_LARGE = 10**13
_OPTIONAL = (
    *("order", "track", "revision", "withdraws", "note"),
    *("channel", "margin", "rating", "kept_promise"),
)


def document_of(entry: Entry) -> Document:
    """An entry without what is as usual."""
    document: Document = {
        "_id": entry.key,
        "customer": entry.customer,
        "kind": entry.kind,
        "time": entry.time,
        "dimension": entry.cell,
        "points": entry.points,
        "formula": entry.formula,
        "heft": abs(entry.weight),
    }
    if entry.counts_from != entry.time:
        document["counts_from"] = entry.counts_from
    if entry.origin != entry.customer:
        document["origin"] = entry.origin
    if entry.money is not None:
        document["units"] = entry.money.units
        document["currency"] = entry.money.currency
    if entry.cumulative:
        document["cumulative"] = True
    for name in _OPTIONAL:
        value = getattr(entry, name)
        if value is not None:
            document[name] = value
    if entry.segments:
        document["segments"] = entry.segments
    return document


def entry_of(found: Document) -> Entry:
    """An entry from its document."""
    customer: str = found["customer"]
    time: int = found["time"]
    points: float = found["points"]
    units = found.get("units")
    return Entry(
        key=found["_id"],
        customer=customer,
        origin=found.get("origin", customer),
        kind=found["kind"],
        time=time,
        cell=found["dimension"],
        points=points,
        counts_from=found.get("counts_from", time),
        weight=copysign(found["heft"], points),
        formula=found["formula"],
        order=found.get("order"),
        money=None if units is None else Money(units, found["currency"]),
        revision=found.get("revision"),
        cumulative=found.get("cumulative", False),
        withdraws=found.get("withdraws"),
        channel=found.get("channel"),
        margin=found.get("margin"),
        rating=found.get("rating"),
        kept_promise=found.get("kept_promise"),
        segments=tuple(found.get("segments", ())),
        track=found.get("track"),
        note=found.get("note"),
    )


def update_of(change: Change) -> Document:
    """The update that adds to a profile.

    It changes the document even where nothing is added: that makes two transactions conflict that
    each have not seen what the other tells of the same order.
    """
    increments: Document = {"entries": change.entries}
    increments |= {f"sums.{name}": total for name, total in change.sums.items()}
    increments |= {f"acts.{kind}": count for kind, count in change.acts.items()}
    for currency, (gross, refunded) in change.money.items():
        increments[f"money.{currency}.gross"] = _sum(gross)
        increments[f"money.{currency}.refunded"] = _sum(refunded)
    return {
        "$inc": increments,
        "$min": {"first": change.first},
        "$max": {"last": change.last},
    }


def new_profile(customer: str, change: Change, watch: Watch | None) -> Document:
    """The document of a profile that begins with a change."""
    document: Document = {
        "_id": customer,
        "entries": change.entries,
        "sums": change.sums,
        "acts": change.acts,
        "first": change.first,
        "last": change.last,
    }
    if change.money:
        document["money"] = {
            currency: {"gross": _sum(gross), "refunded": _sum(refunded)}
            for currency, (gross, refunded) in change.money.items()
        }
    if watch is not None:
        document["watch"] = to_builtins(watch)
        if watch.due is not None:
            document["due"] = watch.due
    return document


def profile_of(found: Document) -> Profile:
    """A profile from its document."""
    money = {
        currency: (whole(total["gross"]), whole(total["refunded"]))
        for currency, total in found.get("money", {}).items()
    }
    return Profile(
        customer=found["_id"],
        sums=found.get("sums", {}),
        acts={kind: count for kind, count in found.get("acts", {}).items() if count},
        money={currency: total for currency, total in money.items() if any(total)},
        # Plain ones: what is noticed is made of them, and encoded.
        first=int(found["first"]),
        last=int(found["last"]),
        watch=watch_of(found),
    )


def whole(units: int | Decimal128) -> int:
    """What a sum is, whichever way it is kept."""
    return int(units.to_decimal() if isinstance(units, Decimal128) else units)


def _sum(units: int) -> int | Decimal128:
    # A sum that overflowed its 64 bits would fail the same batch for ever. What a large amount has
    # been added to stays a decimal; that takes long, so small ones are integers.
    return units if abs(units) < _LARGE else Decimal128(str(units))
