"""What an act by itself asks for: its points before limits, and why it may not earn at all."""

from services.engagement.domain import ledger, links
from services.engagement.domain.act import Telling
from services.engagement.domain.formula import Formula, Rule


def amount_of(telling: Telling, formula: Formula) -> tuple[float, str | None]:
    """Points of an act that is alone, and a note where they are not what its rule says."""
    rule = formula.rules.get(telling.kind)
    if rule is None:
        return 0.0, ledger.NO_RULE
    money = telling.money
    worth = 0 if money is None else formula.in_programme_currency(money)
    if rule.reverses:
        earning = formula.rules[rule.reverses]
        unknown = earning.rate and worth is None
        back = (worth or 0) * (formula.margin_rate if earning.of_margin else 1.0)
        return (
            -earning.rate * back,
            ledger.NO_EXCHANGE_RATE if unknown else ledger.REFUND_WITHOUT_ORDER,
        )
    if not rule.rate or money is None:
        return rule.points, None
    if worth is None:
        return rule.points, ledger.NO_EXCHANGE_RATE
    earned = formula.margin(money, telling.margin) if rule.of_margin else worth
    return rule.points + rule.rate * max(earned or 0, 0), None


def bar_of(telling: Telling | None, rule: Rule | None) -> str | None:
    """The note on an act that its rule does not count where it was, or for whom."""
    if telling is None or rule is None or rule.only is None:
        return None
    only = rule.only
    if only.channels and telling.channel not in only.channels:
        return ledger.WRONG_CHANNEL
    if only.segments and only.segments.isdisjoint(telling.segments):
        return ledger.WRONG_SEGMENT
    return None


def plain_money(telling: Telling, formula: Formula) -> tuple[int, int]:
    """What an act that is alone adds to gross and refunded, in ten-thousandths."""
    if telling.money is None:
        return 0, 0
    rule = formula.rules.get(telling.kind)
    if rule is not None and rule.reverses:
        return 0, telling.money.units
    if rule is None and telling.kind not in formula.orders:
        return 0, 0
    return telling.money.units, 0


def plain_links(telling: Telling, formula: Formula) -> list[tuple[str, float]]:
    """What an act that is alone adds to the links loyalty and profit, by cell."""
    money = telling.money
    gross, refunded = plain_money(telling, formula)
    if refunded and money is not None:
        return [(links.MARGIN, -float(formula.margin(money, None) or 0))]
    if not gross and formula.orders.get(telling.kind) != telling.kind:
        return []
    margin = 0 if money is None else formula.margin(money, telling.margin) or 0
    return [(links.ORDERS, 1.0), (links.MARGIN, float(margin))]
