"""Answer why a score is what it is, and what would change it."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.engagement.domain.explaining import Explanation, Line, explain, lines_of
from services.engagement.domain.formula import ENGAGEMENT, Formula, Level
from services.engagement.domain.looking_back import Loss, loss
from services.engagement.domain.next_level import Way, ways
from services.engagement.domain.profile import Score, value
from services.engagement.use_cases.looking_back import LookBack, Remembered
from shared.errors import Invalid


@dataclass(frozen=True, slots=True)
class Step:
    """What is missing to the next level of a score, and the ways there."""

    level: Level
    missing: float
    ways: Sequence[Way]


@dataclass(frozen=True, slots=True)
class Explained:
    """`steps` has the scores that have a next level, the whole one as ENGAGEMENT; none for who is
    `excluded`. `lines` is one page of the explanation's, `last` the id of its last line where
    others follow."""

    explanation: Explanation
    steps: Mapping[str, Step]
    loss: Loss | None
    lines: Sequence[Line]
    last: str | None
    excluded: str | None


@dataclass(frozen=True, slots=True)
class ExplainScores:
    """`currency` is the programme's."""

    back: LookBack
    currency: str

    async def __call__(
        self, customer: str, time: int | None, after: str | None, most: int
    ) -> Explained | None:
        """The score at `time` (ms), or now, with at most `most` lines from behind the one with the
        id `after`; None without acts by then. Raises Invalid."""
        found = await self.back.past(customer, time)
        if found is None:
            return None
        # A customer of many acts would hold up everybody else.
        return await asyncio.to_thread(_explained, found, after, most)


def _explained(found: Remembered, after: str | None, most: int) -> Explained:
    formula, time, profile = found.formula, found.time, found.past.profile
    score = value(profile, (), formula, time, 0)
    lines = lines_of(found.past.entries, formula, time)
    explanation = explain(score, lines, formula)
    begin = 0 if after is None else _behind(explanation.lines, after)
    page = explanation.lines[begin : begin + most]
    more = begin + most < len(explanation.lines)
    return Explained(
        explanation=explanation,
        steps={} if found.excluded else _steps(score, lines, formula, time),
        loss=loss(profile, formula, time),
        lines=page,
        last=_id(page[-1]) if more else None,
        excluded=found.excluded,
    )


def _steps(score: Score, lines: Sequence[Line], formula: Formula, time: int) -> Mapping[str, Step]:
    every = dict.fromkeys(score.dimensions, 1.0)
    rungs = [(ENGAGEMENT, every, sum(score.dimensions.values()), score.next_level)]
    for name, rule in formula.scores.items():
        total = sum(weight * score.dimensions[one] for one, weight in rule.weights.items())
        rungs.append((name, dict(rule.weights), total, score.scores[name].next_level))
    return {
        name: Step(
            level, level.start - total, ways(level.start - total, weights, lines, formula, time)
        )
        for name, weights, total, level in rungs
        if level is not None
    }


def _id(line: Line) -> str:
    return hashlib.sha256(f"{line.kind} {line.key}".encode()).hexdigest()[:32]


def _behind(lines: Sequence[Line], after: str) -> int:
    for index, line in enumerate(lines):
        if _id(line) == after:
            return index + 1
    raise Invalid("the score has changed since the page before: begin again", "/cursor")
