"""What a customer agreed to and refused: a record to which lines are only added."""

from collections.abc import Iterable
from datetime import UTC, datetime

from shared.contracts.cloudevents.timestamp import parse_timestamp
from shared.contracts.customers import Consent

KEPT = 200
"""Lines of a customer. Beyond it the oldest are dropped; refusals that stand go last."""

_EARLIEST = datetime.min.replace(tzinfo=UTC)


def added(stood: Iterable[Consent], said: Iterable[Consent]) -> tuple[Consent, ...]:
    """`stood` with the lines of `said` that are new by purpose, channel, state and instant; the
    word that counts for a purpose and channel comes last."""
    lines: dict[tuple[str, str, str, datetime], Consent] = {}
    for one in (*stood, *said):
        lines.setdefault((one.purpose, one.channel, one.state, time_of(one)), one)
    return _bounded(in_order(lines.values()))


def in_order(consents: Iterable[Consent]) -> tuple[Consent, ...]:
    """By time; of two at one time the withdrawal comes last."""
    return tuple(sorted(consents, key=lambda one: (time_of(one), one.state == "withdrawn")))


def time_of(consent: Consent) -> datetime:
    """The earliest there is where the text, which is old then, says none."""
    try:
        return parse_timestamp(consent.time)
    except ValueError:
        return _EARLIEST


def _bounded(lines: tuple[Consent, ...]) -> tuple[Consent, ...]:
    if len(lines) <= KEPT:
        return lines
    last = {(one.purpose, one.channel): one for one in lines}
    refusals = {id(one) for one in last.values() if one.state == "withdrawn"}
    # A stable sort: what goes first is the oldest of what no refusal rests on.
    droppable = sorted(lines, key=lambda one: id(one) in refusals)
    dropped = {id(one) for one in droppable[: len(lines) - KEPT]}
    return tuple(one for one in lines if id(one) not in dropped)
