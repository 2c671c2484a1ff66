"""The four links of the chain experience, engagement, loyalty, profit, as indicators.

Each but engagement, which is the whole score, is told by decayed sums of its own. Emotion comes
before behaviour: ratings tell the experience, and what acts say of it (`conduct`) fills only what
few ratings leave open.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from services.engagement.domain.act import Telling
from shared.money import SCALE

LINK = "link"
"""What the cells of links have in the place of a dimension."""
RATINGS, RATED = "link:ratings", "link:rated"
CONDUCT, CONDUCTED = "link:conduct", "link:conducted"
ORDERS = "link:orders"
MARGIN = "link:margin"
CELLS = (RATINGS, RATED, CONDUCT, CONDUCTED, ORDERS, MARGIN)

_NEUTRAL = 0.5
_TRACE = 1e-6
"""Evidence that has faded to less says nothing any more."""


@dataclass(frozen=True, slots=True)
class LinkRules:
    """What acts say of the experience, from 0 to 1; None where it depends on whether a promise was
    kept."""

    conduct: Mapping[str, float | None]

    def of_experience(self, telling: Telling) -> list[tuple[str, float]]:
        """What an act adds to the sums of the experience, by cell."""
        parts: list[tuple[str, float]] = []
        if telling.rating is not None:
            parts += [(RATINGS, telling.rating), (RATED, 1.0)]
        if telling.kind in self.conduct:
            value = self.conduct[telling.kind]
            if value is None and telling.kept_promise is not None:
                value = float(telling.kept_promise)
            if value is not None:
                parts += [(CONDUCT, value), (CONDUCTED, 1.0)]
        return parts


@dataclass(frozen=True, slots=True)
class Links:
    """`experience` from 0 to 1, None where nothing is known; `engagement` in points; `loyalty` in
    orders and `profit` in the programme's currency, the recent ones counting more."""

    experience: float | None
    engagement: float
    loyalty: float
    profit: float


def links_at(sum_of: Callable[[str], float], engagement: float) -> Links:
    """The links by what the sum of each cell is worth now."""
    ratings, rated = sum_of(RATINGS), sum_of(RATED)
    conduct, conducted = sum_of(CONDUCT), sum_of(CONDUCTED)
    experience = None
    if rated > _TRACE or conducted > _TRACE:
        behaviour = (conduct + _NEUTRAL) / (conducted + 1)
        experience = min(1.0, max(0.0, (ratings + behaviour) / (rated + 1)))
    return Links(
        experience=experience,
        engagement=engagement,
        loyalty=max(0.0, sum_of(ORDERS)),
        profit=sum_of(MARGIN) / 10**SCALE,
    )
