"""The programme as far as decisions follow from it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from services.notifier.domain.customer import Customer
from services.notifier.domain.occasion import Occasion
from shared.programme.attention_rules import AttentionRules
from shared.programme.languages import best_language
from shared.programme.thanks_rules import REQUEST, Audience, ThanksRule


@dataclass(frozen=True, slots=True)
class Route:
    """A channel as decisions see it: which of a customer's addresses it needs, whether they must
    have agreed, whether it disturbs, so that quiet hours count, and whether links that are for the
    customer alone are safe in it, as they are not on paper."""

    name: str
    address: str
    needs_consent: bool = True
    disturbs: bool = True
    carries_links: bool = True


@dataclass(frozen=True, slots=True)
class Policy:
    """`routes` are by channel; `time_zone` is for those of whom no other is known,
    `lowest_level` for those of whom engagement has told nothing yet."""

    rules: tuple[ThanksRule, ...]
    routes: Mapping[str, Route]
    attention: AttentionRules
    time_zone: str
    lowest_level: str | None = None
    _by_kind: dict[str, tuple[ThanksRule, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_kind: dict[str, list[ThanksRule]] = {}
        for rule in self.rules:
            name = f"{REQUEST}.{rule.name}" if rule.on == REQUEST else rule.on
            by_kind.setdefault(name, []).append(rule)
        ordered = {kind: tuple(sorted(rules, key=_order)) for kind, rules in by_kind.items()}
        object.__setattr__(self, "_by_kind", ordered)

    def rule_for(self, occasion: Occasion, customer: Customer) -> ThanksRule | None:
        """The rule that answers `occasion`; a request names its own."""
        for kind in occasion.kinds:
            for rule in self._by_kind.get(kind, ()):
                if rule.on == REQUEST or self._fits(rule.audience, customer, occasion):
                    return rule
        return None

    def may_answer(self, occasion: Occasion) -> bool:
        """Whether any rule could, so that it is worth knowing more of the customer."""
        return any(kind in self._by_kind for kind in occasion.kinds)

    def counts_first(self, occasion: Occasion) -> bool:
        """Whether a rule asks if it is the first of its kind."""
        return any(
            rule.audience.first is not None
            for kind in occasion.kinds
            for rule in self._by_kind.get(kind, ())
        )

    def _fits(self, audience: Audience, customer: Customer, occasion: Occasion) -> bool:
        standing = customer.standing
        return (
            _any(audience.segments, standing.segments)
            and _any(audience.circles, standing.circles)
            and _any(audience.levels, (standing.level or self.lowest_level,))
            and (not audience.locales or _speaks(audience.locales, customer))
            and (audience.first is None or audience.first == _is_first(occasion, customer))
        )


def _order(rule: ThanksRule) -> tuple[int, int, str]:
    return (-rule.rank, -rule.audience.conditions, rule.name)


def _any(wanted: frozenset[str], has: Iterable[str | None]) -> bool:
    return not wanted or not wanted.isdisjoint(has)


def _speaks(locales: frozenset[str], customer: Customer) -> bool:
    """Of whom there is no record yet, nobody can say that they do not."""
    if customer.record is None:
        return True
    locale = customer.locale
    return locale is not None and best_language(locales, locale, locale) is not None


def _is_first(occasion: Occasion, customer: Customer) -> bool:
    first = customer.seen.get(occasion.kind)
    return first is None or first == occasion.decision_id
