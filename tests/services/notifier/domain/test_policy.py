"""Which rule answers what, for whom."""

from typing import Any

import pytest

from services.notifier.domain.customer import Customer, Standing
from services.notifier.domain.occasion import Occasion
from services.notifier.domain.policy import Policy
from shared.programme.thanks_rules import REQUEST, Audience, ThanksRule
from tests.services.notifier.builders import make_customer, make_occasion, make_policy, make_rule

FRIEND = Standing(level="friend", segments=("regular", "gardener"), circles=("helpers",))


def for_whom(name: str = "special", **audience: Any) -> ThanksRule:
    first = audience.pop("first", None)
    sets = {key: frozenset(value) for key, value in audience.items()}
    return make_rule(name, audience=Audience(**sets, first=first))


def answer(
    *rules: ThanksRule, customer: Customer | None = None, occasion: Occasion | None = None
) -> str | None:
    policy = make_policy(*rules)
    rule = policy.rule_for(occasion or make_occasion(), customer or make_customer())
    return None if rule is None else rule.name


@pytest.mark.parametrize(
    ("audience", "customer", "fits"),
    [
        ({"segments": ("regular", "new")}, {"standing": FRIEND}, True),
        ({"segments": ("new",)}, {"standing": FRIEND}, False),
        ({"circles": ("helpers",)}, {"standing": FRIEND}, True),
        ({"circles": ("helpers",)}, {}, False),
        ({"levels": ("friend",)}, {"standing": FRIEND}, True),
        ({"levels": ("friend",)}, {}, False),
        ({"levels": ("friend",), "segments": ("new",)}, {"standing": FRIEND}, False),
        ({"locales": ("pt",)}, {"locale": "pt-BR"}, True),
        ({"locales": ("pt",)}, {"locale": "pt_br"}, True),
        ({"locales": ("pt-BR",)}, {"locale": "pt"}, False),
        ({"locales": ("pt", "en")}, {"locale": "en"}, True),
        ({"locales": ("pt",)}, {"locale": None}, False),
        ({"first": True}, {}, True),
        ({"first": False}, {}, False),
        ({"first": True}, {"seen": {"purchase": "another"}}, False),
        ({"first": False}, {"seen": {"purchase": "another"}}, True),
        ({"first": True}, {"seen": {"review": "another"}}, True),
        ({"first": True}, {"seen": {"purchase": make_occasion().decision_id}}, True),
    ],
)
def test_a_rule_is_for_those_who_meet_every_condition(
    audience: dict[str, Any], customer: dict[str, Any], fits: bool
) -> None:
    found = answer(for_whom(**audience), customer=make_customer(**customer))
    assert found == ("special" if fits else None)


def test_the_language_of_who_is_not_known_yet_is_waited_for() -> None:
    assert answer(for_whom(locales=("fr",)), customer=Customer("c-1")) == "special"


def test_the_highest_rank_counts_then_the_most_special_then_the_name() -> None:
    general, special = make_rule("a-general"), for_whom("special", levels=("friend",))
    friend = make_customer(standing=FRIEND)
    assert answer(general, special, customer=friend) == "special"
    assert answer(general, special) == "a-general"
    assert answer(make_rule("b", rank=1), special, customer=friend) == "b"
    assert answer(make_rule("b"), make_rule("a")) == "a"


def test_a_moment_is_answered_by_its_own_name_before_its_kind() -> None:
    of_kind = make_rule("kind", on="level_reached", rank=9)
    own = make_rule("own", on="level_reached.friend")
    reached = make_occasion(kind="level_reached.friend")
    assert answer(of_kind, own, occasion=reached) == "own"
    assert answer(of_kind, occasion=reached) == "kind"
    assert answer(own, occasion=make_occasion(kind="level_reached.member")) is None


def test_a_request_names_its_rule_whoever_it_is_for() -> None:
    asked = make_rule("sorry", on=REQUEST, audience=Audience(levels=frozenset(("friend",))))
    assert answer(asked, occasion=make_occasion(kind="request.sorry")) == "sorry"
    assert answer(asked, occasion=make_occasion(kind="request.purchase")) is None
    assert answer(make_rule(), occasion=make_occasion(kind="request.purchase")) is None
    assert answer(asked, occasion=make_occasion(kind="request")) is None


def test_an_act_may_be_called_like_a_request() -> None:
    rule = make_rule("quote", on="requested_quote", audience=Audience(levels=frozenset("a")))
    assert answer(rule, occasion=make_occasion(kind="requested_quote")) is None


def test_what_no_rule_could_answer_is_known_beforehand() -> None:
    policy: Policy = make_policy(make_rule(), for_whom("once", first=True), make_rule(on="first"))
    assert policy.may_answer(make_occasion())
    assert policy.may_answer(make_occasion(kind="first.review"))
    assert not policy.may_answer(make_occasion(kind="review"))
    assert policy.counts_first(make_occasion())
    assert not policy.counts_first(make_occasion(kind="first.review"))
