"""One page of a timeline, merged from lists that are each in its order."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from services.engagement.domain.ledger import Entry
from services.engagement.domain.moment import Moment
from services.engagement.domain.timeline import Answer, Item, Kind, Place

Shown = Entry | Item | Moment


@dataclass(frozen=True, slots=True)
class Page:
    """The newest first; `after` is where the next page begins, None at the end."""

    shown: Sequence[Shown]
    after: Place | None


def place_of(shown: Shown) -> Place:
    """Where it stands on the timeline."""
    return Place(shown.time, shown.id if isinstance(shown, Moment) else shown.key)


def kind_of(shown: Shown) -> Kind:
    """As what it is shown."""
    if isinstance(shown, Entry):
        return "act"
    return "moment" if isinstance(shown, Moment) else shown.kind


def merge(lists: Sequence[Sequence[Shown]], kinds: Collection[Kind], most: int) -> Page:
    """The page of at most `most` things of these kinds from `lists`, each of which has to hold one
    more where there are so many. An answer stands for the act that it was scored as."""
    # What is older than the last of a list that may go on could be incomplete.
    horizon = max((place_of(one[most]) for one in lists if len(one) > most), default=None)
    places = {place_of(shown): shown for several in lists for shown in several}
    places |= {place: shown for place, shown in _answers(lists)}
    complete = [
        places[place]
        for place in sorted(places, reverse=True)
        if (horizon is None or place >= horizon) and kind_of(places[place]) in kinds
    ]
    page = complete[:most]
    if len(complete) > most:
        return Page(page, place_of(page[-1]))
    return Page(page, horizon)


def _answers(lists: Sequence[Sequence[Shown]]) -> list[tuple[Place, Shown]]:
    return [
        (shown.place, shown)
        for several in lists
        for shown in several
        if isinstance(shown, Item) and isinstance(shown.body, Answer)
    ]
