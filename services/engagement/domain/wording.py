"""An explanation in sentences."""

from datetime import UTC, datetime

from services.engagement.domain import ledger
from services.engagement.domain.apportioning import UNITS
from services.engagement.domain.explaining import Faded, Line
from services.engagement.domain.ledger import SENTENCES
from services.engagement.domain.looking_back import Loss
from services.engagement.domain.next_level import MOST_TIMES, Way


def of_line(line: Line) -> str:
    """What became of an act or an order."""
    first = line.entries[0]
    what = line.kind.replace("_", " ")
    if first.order is not None:
        what = f"Order {first.order_id}" if len(line.entries) == 1 else _tellings(line)
    parts = [f"{what[0].upper()}{what[1:]} of {_day(line.time)} {_earned(line)}"]
    if line.asked is not None and line.cut is not None:
        parts.append(f"Without limits it would have been {line.asked:.2f}: {SENTENCES[line.cut]}")
    notes = dict.fromkeys(one.note for one in line.entries if one.note and one.note != line.cut)
    parts += [SENTENCES[note] for note in notes if note in SENTENCES]
    return " ".join(parts)


def _tellings(line: Line) -> str:
    return f"Order {line.entries[0].order_id}, told of {len(line.entries)} times,"


def _earned(line: Line) -> str:
    earned, left, age = line.earned_shown, line.worth_shown, line.age_took
    if not earned and not left:
        return "earns nothing."
    verb = "earned" if earned >= 0 else "took back"
    sentence = f"{verb} {points(abs(earned))}"
    if not age:
        return f"{sentence}."
    return f"{sentence}; age took {points(abs(age))} of it, so that it counts {points(left)}."


def of_faded(faded: Faded) -> str:
    """What acts together are worth that are too old to show a digit each."""
    if not faded.acts:
        return "No act is too old to count."
    return (
        f"{faded.acts} acts are too old to show a digit each; of the {points(faded.earned)} that"
        f" they earned, {points(faded.worth)} are left together."
    )


def of_way(way: Way, currency: str) -> str:
    """What it takes, or why it does not suffice."""
    what = way.kind.replace("_", " ")
    if not way.reaches:
        sentence = f"By {what} alone it can't be reached now:"
        if way.note == ledger.ONLY_ONCE and way.times:
            return (
                f"{sentence} It counts only once, and that one would earn {way.points:.2f} points."
            )
        return f"{sentence} {_hindrance(way)} {way.points:.2f} points are the most."
    if way.amount is None:
        sentence = f"{way.times} x {what}"
    else:
        sentence = f"{way.amount} {currency} of {what}"
        if way.by_default_margin:
            sentence += ", at the programme's margin rate"
    if way.rule.only is not None and way.rule.only.channels:
        sentence += f", in {' or '.join(sorted(way.rule.only.channels))}"
    if way.rule.only is not None and way.rule.only.segments:
        sentence += f", for customers in {' or '.join(sorted(way.rule.only.segments))}"
    return f"{sentence}."


def _hindrance(way: Way) -> str:
    if way.note is None:
        return f"It would take more than {MOST_TIMES}."
    if way.note == ledger.DIMINISHED:
        return "Each further one earns less."
    if way.note == ledger.NOT_THE_NTH:
        return "Of acts of this kind only some count."
    return SENTENCES[way.note]


def of_loss(loss: Loss, time: int) -> str:
    """What becomes of the level if nothing happens."""
    below = "is below it since" if loss.below_at <= time else "falls below it on"
    sentence = f"If nothing happens, the score {below} {_day(loss.below_at)}"
    if loss.lost_at is None:
        return f"{sentence}; levels are kept for ever."
    return f"{sentence}, and {loss.level} is lost on {_day(loss.lost_at)}, after the grace time."


def points(units: int) -> str:
    """Hundredths as points, with two decimals."""
    return f"{units / UNITS:.2f} points"


def _day(time: int) -> str:
    return f"{datetime.fromtimestamp(time / 1000, UTC):%Y-%m-%d}"
