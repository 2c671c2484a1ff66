"""What a survey's answers add up to. Somebody who did not answer is not a zero."""

from collections.abc import Mapping
from dataclasses import dataclass, field

PROMOTER_FROM = 9
DETRACTOR_TO = 6


@dataclass(frozen=True, slots=True)
class Tally:
    """How many were asked, and how often each value was answered."""

    invitations: int = 0
    values: Mapping[int, int] = field(default_factory=dict)

    @property
    def answers(self) -> int:
        return sum(self.values.values())

    @property
    def response_rate(self) -> float | None:
        """Share of those asked who answered; None where nobody was asked."""
        return self.answers / self.invitations if self.invitations else None

    @property
    def mean(self) -> float | None:
        """None without answers."""
        if not self.answers:
            return None
        return sum(value * count for value, count in self.values.items()) / self.answers


@dataclass(frozen=True, slots=True)
class NetPromoter:
    """Counts on the scale of 0 to 10: 9 and 10 promote, 7 and 8 are passive, the rest detract."""

    promoters: int
    passives: int
    detractors: int

    @property
    def score(self) -> float | None:
        """Promoters less detractors, in per cent of the answers; None without answers."""
        answers = self.promoters + self.passives + self.detractors
        return 100 * (self.promoters - self.detractors) / answers if answers else None


def net_promoter(tally: Tally) -> NetPromoter:
    """The net promoter counts of `tally`."""
    promoters = sum(n for value, n in tally.values.items() if value >= PROMOTER_FROM)
    detractors = sum(n for value, n in tally.values.items() if value <= DETRACTOR_TO)
    return NetPromoter(promoters, tally.answers - promoters - detractors, detractors)
