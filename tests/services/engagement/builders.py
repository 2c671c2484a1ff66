"""Builders of acts and formulas."""

from datetime import UTC, datetime
from decimal import Decimal

from services.engagement.domain.act import Act, Money, act_key
from services.engagement.domain.decay import DAY_MS, Decay
from services.engagement.domain.formula import Formula, Level, Rule
from services.engagement.domain.moments import compile_rules
from services.engagement.ports.announcer import Announcer
from services.engagement.ports.scores import ScoreStore
from services.engagement.use_cases.scoring import ScoreActs
from shared.clock import ManualClock, epoch_ms, from_epoch_ms
from shared.contracts.engagement import ActRef
from tests.shipped import programme

START = epoch_ms(datetime(2026, 1, 1, tzinfo=UTC))
LANDMARK = epoch_ms(datetime(2025, 1, 1, tzinfo=UTC))


def make_formula() -> Formula:
    """A tenth of a point per unit of money, 25 points for a referral."""
    return Formula(
        version="test",
        decays={
            "commerce": Decay(LANDMARK, 180 * DAY_MS),
            "advocacy": Decay(LANDMARK, 90 * DAY_MS),
        },
        rules={
            "purchase": Rule("commerce", rate=0.1 / 10_000),
            "refund": Rule("commerce", reverses="purchase"),
            "cancellation": Rule("commerce", reverses="purchase"),
            "referral": Rule("advocacy", points=25.0),
        },
        levels=[Level("newcomer", 0.0), Level("friend", 20.0), Level("ally", 60.0)],
        exchange={"EUR": Decimal(1), "GBP": Decimal("1.17")},
    )


def make_act(
    kind: str = "referral",
    *,
    id: str = "1",
    customer: str = "c-1",
    day: float = 0,
    order: str | None = None,
    amount: str | None = None,
    currency: str = "EUR",
    revised: float | None = None,
    cumulative: bool = False,
    withdraws: str | None = None,
) -> Act:
    """An act `day` days after START; `revised` is a day too, `withdraws` the id of an act."""
    ref = ActRef(source="/shop", id=id, type=f"io.requite.act.{kind}.v1", time="2026-01-01")
    return Act(
        ref=ref,
        key=act_key("/shop", id),
        origin=customer,
        kind=kind,
        time=START + int(day * DAY_MS),
        data=b"{}",
        order_id=order,
        money=None if amount is None else Money(int(Decimal(amount) * 10_000), currency),
        revision=None if revised is None else START + int(revised * DAY_MS),
        cumulative=cumulative,
        withdraws=None if withdraws is None else act_key("/shop", withdraws),
    )


def make_scoring(store: ScoreStore, announcer: Announcer) -> ScoreActs:
    """Scoring with the shipped moments, 400 days after START."""
    clock = ManualClock(from_epoch_ms(START + 400 * DAY_MS))
    return ScoreActs(store, announcer, compile_rules(programme().moments), clock)
