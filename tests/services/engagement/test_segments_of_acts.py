"""What an act earns may depend on the segments that its customer was in when it arrived."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from services.engagement.domain import ledger
from services.engagement.domain.formula import Formula, Only
from services.engagement.domain.scoring import Known, score
from services.engagement.ports.books import BookStore, Live
from services.engagement.ports.memberships import MembershipReads
from services.engagement.ports.scores import ScoreReads
from services.engagement.use_cases.segments_of_acts import SegmentsOfActs
from tests.services.engagement.builders import make_act, make_formula


@dataclass(frozen=True)
class Shop:
    its: Formula
    asked: list[str]
    beside: bool

    async def live(self) -> Live:
        return Live(1, make_formula() if self.beside else self.its, 2 if self.beside else None)

    async def formula(self, number: int) -> Formula:
        return self.its

    async def survivors(self, customers: Sequence[str]) -> Mapping[str, str]:
        return {"old": "c-1"} if "old" in customers else {}

    async def segments_of(self, customers: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        self.asked.extend(customers)
        return {"c-1": ("regulars", "others")}


def _make(formula: Formula, *, beside: bool = False) -> tuple[SegmentsOfActs, list[str]]:
    known = Shop(formula, [], beside)
    add = SegmentsOfActs(
        cast(BookStore, known), cast(ScoreReads, known), cast(MembershipReads, known)
    )
    return add, known.asked


def _for_regulars() -> Formula:
    formula = make_formula()
    only = Only(segments=frozenset({"regulars"}))
    rules = dict(formula.rules) | {"referral": replace(formula.rules["referral"], only=only)}
    return replace(formula, rules=rules)


async def test_nobody_is_looked_up_where_no_rule_asks() -> None:
    add, asked = _make(make_formula())
    acts = [make_act()]
    assert await add(acts) is acts
    assert asked == []


async def test_an_act_counts_for_those_who_were_in_the_segment() -> None:
    formula = _for_regulars()
    add, _ = _make(formula)
    told = [make_act(id="1", customer="old"), make_act(id="2", customer="c-2")]
    acts = await add(told)
    assert [act.segments for act in acts] == [("regulars", "others"), ()]
    entries = score(acts, Known(survivors={"old": "c-1"}), formula).entries
    assert [(entry.points, entry.note) for entry in entries] == [
        (25.0, None),
        (0.0, ledger.WRONG_SEGMENT),
    ]
    assert entries[0].segments == ("regulars", "others")


async def test_the_book_that_is_being_built_may_ask_too() -> None:
    add, _ = _make(_for_regulars(), beside=True)
    (act,) = await add([make_act(customer="c-1")])
    assert act.segments == ("regulars", "others")
