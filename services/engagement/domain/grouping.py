"""The rules of a programme's segments and circles, compiled."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from services.engagement.domain.membership import Group
from services.engagement.domain.view import Seen, View
from shared.contracts.act_type import ActType
from shared.programme.expressions import EvaluationFailed, Expression, Language
from shared.programme.groups import Circle, Segment
from shared.programme.model import Programme, Scoring
from shared.programme.samples import ANSWER


@dataclass(frozen=True, slots=True)
class Groups:
    """All segments and circles, and the expressions of those that have one."""

    segments: Mapping[str, Segment]
    circles: Mapping[str, Circle]
    rules: Mapping[Group, Expression]
    view: View = field(init=False)
    variables: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        variables = frozenset().union(*(rule.variables for rule in self.rules.values()))
        object.__setattr__(self, "variables", variables)
        object.__setattr__(self, "view", View(variables))

    @property
    def names(self) -> frozenset[Group]:
        """Every group."""
        segments = (Group("segment", name) for name in self.segments)
        return frozenset(segments) | {Group("circle", name) for name in self.circles}

    @property
    def wants_rfm(self) -> bool:
        """Whether any rule compares customers."""
        return any(name.startswith("rfm.") for name in self.variables)

    @property
    def wants_locale(self) -> bool:
        """Whether any rule asks for the language."""
        return "locale" in self.variables

    def of(self, seen: Seen, failures: Counter[Group]) -> Iterator[Group]:
        """Groups whose rule holds. One that has no answer does not, and is counted."""
        values = self.view(seen)
        for group, rule in self.rules.items():
            try:
                if rule.holds(values):
                    yield group
            except EvaluationFailed:
                failures[group] += 1


def compile_groups(programme: Programme) -> Groups:
    """`programme` has passed every check."""
    language = _language(programme.acts, programme.scoring)
    rules = {
        Group("segment", name): language.compile(segment.when)
        for name, segment in programme.segments.items()
    }
    rules |= {
        Group("circle", name): language.compile(circle.when)
        for name, circle in programme.circles.items()
        if circle.when is not None
    }
    return Groups(programme.segments, programme.circles, rules)


def _language(acts: Mapping[str, ActType], scoring: Scoring) -> Language:
    return Language([*acts, ANSWER], scoring.half_lives, [one.name for one in scoring.scores])
