"""The formula: what each act is worth and how it ages, compiled from the programme."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal

from services.engagement.domain.act import Money
from services.engagement.domain.decay import Decay
from shared.clock import epoch_ms
from shared.money import SCALE
from shared.programme.model import Programme, ScoredAct

PURCHASE = "purchase"


@dataclass(frozen=True, slots=True)
class Rule:
    """What one kind of act earns: `points` each time, and `rate` points per ten-thousandth of
    the programme's currency. `reverses` names the kind whose earnings this kind takes back."""

    dimension: str
    points: float = 0.0
    rate: float = 0.0
    reverses: str | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """A band of the score that begins at `start` points."""

    name: str
    start: float


@dataclass(frozen=True, slots=True)
class Formula:
    """`exchange` is the worth of one unit of a currency in the programme's currency.

    `orders` has the kinds that say something about an order, each with the kind that it earns by:
    purchase for purchase, and for what reverses it.
    """

    version: str
    decays: Mapping[str, Decay]
    rules: Mapping[str, Rule]
    levels: Sequence[Level]
    exchange: Mapping[str, Decimal]
    orders: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        earning = {rule.reverses for rule in self.rules.values() if rule.reverses} | {PURCHASE}
        orders = {kind: kind for kind in earning}
        orders |= {kind: rule.reverses for kind, rule in self.rules.items() if rule.reverses}
        object.__setattr__(self, "orders", orders)

    @property
    def basis(self) -> Mapping[str, str]:
        """By dimension, what its sums are made with; sums of another basis mean something else."""
        return {
            name: f"landmark {decay.landmark}, half-life {decay.half_life}"
            for name, decay in self.decays.items()
        }

    def in_programme_currency(self, money: Money) -> int | None:
        """Ten-thousandths of the programme's currency; None where it has no rate."""
        rate = self.exchange.get(money.currency)
        if rate is None:
            return None
        if rate == 1:
            return money.units
        return int((money.units * rate).to_integral_value(ROUND_HALF_EVEN))

    def level_at(self, total: float) -> tuple[Level, Level | None]:
        """The level that `total` stands in, and the next one."""
        reached = max((i for i, level in enumerate(self.levels) if level.start <= total), default=0)
        following = self.levels[reached + 1] if reached + 1 < len(self.levels) else None
        return self.levels[reached], following


def compile_formula(programme: Programme) -> Formula:
    """The formula that a programme describes."""
    scoring = programme.scoring
    landmark = epoch_ms(scoring.landmark)
    rules = {kind: _rule(act) for kind, act in scoring.acts.items()}
    for kind, reversed_kind in scoring.reversals.items():
        rules[kind] = Rule(scoring.acts[reversed_kind].dimension, reverses=reversed_kind)
    return Formula(
        version=programme.version,
        decays={
            name: Decay(landmark, int(half_life.total_seconds() * 1000))
            for name, half_life in scoring.half_lives.items()
        },
        rules=rules,
        levels=[Level(level.name, float(level.threshold)) for level in scoring.levels],
        exchange=programme.settings.exchange,
    )


def _rule(act: ScoredAct) -> Rule:
    if act.per_amount is None:
        return Rule(act.dimension, points=float(act.points))
    return Rule(act.dimension, rate=float(act.points / act.per_amount / 10**SCALE))
