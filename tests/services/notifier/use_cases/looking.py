"""What the tests of use cases ask of the stores, on which of these, and rules of several kinds."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from services.notifier.domain.decision import Decision
from services.notifier.domain.message import Message
from services.notifier.ports.decisions import DecisionQuery
from services.notifier.ports.messages import MessageQuery
from shared.programme.thanks_rules import ThanksRule
from tests.services.notifier.builders import make_rule
from tests.services.notifier.parts import Parts

ON_EACH_STORE = pytest.mark.parametrize(
    "opened", ["sqlite", pytest.param("mongo", marks=pytest.mark.live)], indirect=True
)
ONE_A_DAY = ({"at_most": 1, "per": "day"},)


def merging(name: str = "purchase", **changes: Any) -> ThanksRule:
    """A rule whose messages go along with others, at once."""
    return make_rule(name, **{"merges": timedelta(), **changes})


async def standing(parts: Parts) -> dict[str, Decision]:
    """All decisions, by the act's id."""
    found = await parts.stores.decisions.page(DecisionQuery(1000))
    return {decision.occasion.ref.id: decision for decision in found}


async def reasons(parts: Parts) -> dict[str, str]:
    """Why, by the act's id."""
    return {id: decision.reason for id, decision in (await standing(parts)).items()}


async def only_reason(parts: Parts) -> str:
    """Of the one decision that there is."""
    (reason,) = (await reasons(parts)).values()
    return reason


async def messages(parts: Parts, customer: str = "c-1") -> Sequence[Message]:
    """The newest first."""
    return await parts.stores.messages.page(MessageQuery(100, customer))


async def only_message(parts: Parts) -> Message:
    """The one that there is."""
    (message,) = await messages(parts)
    return message
