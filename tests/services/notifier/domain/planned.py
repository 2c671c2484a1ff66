"""Plans for occasions of given kinds, and what they say."""

from typing import Any

from services.notifier.domain.planning import Plan
from services.notifier.domain.policy import Policy
from shared.programme.thanks_rules import ThanksRule
from tests.services.notifier.builders import (
    DAY,
    make_occasion,
    make_plan,
    make_rule,
)

HOUR = DAY // 24


def rule_on(kind: str, **changes: Any) -> ThanksRule:
    return make_rule(kind, **{"on": kind, "survey": None, **changes})


def decide(policy: Policy, *kinds: str, **more: Any) -> Plan:
    """About one occasion of each kind."""
    occasions = [make_occasion(str(n), kind=kind) for n, kind in enumerate(kinds)]
    return make_plan(*occasions, policy=policy, **more)


def verdicts(made: Plan) -> list[tuple[str, str]]:
    return [(one.verdict, one.reason) for one in (*made.new, *made.changed)]
