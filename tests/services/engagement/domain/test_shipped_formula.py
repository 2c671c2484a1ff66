"""The shipped formula on acts of every shipped kind: profiles are what the oracle says."""

import json
from datetime import UTC, datetime
from random import Random

import pytest
from msgspec.structs import replace

from services.engagement.domain.act import Act
from services.engagement.domain.compiling import compile_formula
from services.engagement.inbound.acts_topic import ReadActs
from shared.contracts.acts_reader import ActsReader
from shared.contracts.cloudevents import json_format
from tests import shipped
from tests.bench.mix import Mix, even
from tests.services.engagement.domain.test_histories import Ledger
from tests.services.engagement.histories import CUSTOMERS, check, expected

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ACTS, REPEATED = 150, 20


def _acts(seed: int) -> list[Act]:
    read = ReadActs(ActsReader(shipped.catalogue())).at(NOW)
    told = []
    for body in Mix(even(len(CUSTOMERS)), seed=seed, end=NOW).acts(ACTS):
        event = json_format.decode_event(json.dumps(body).encode())
        act = read(event, (event.subject or "").encode())
        assert act is not None
        told.append(replace(act, origin=CUSTOMERS[int(act.origin[-1])]))
    return told


@pytest.mark.parametrize("seed", range(10))
def test_profiles_are_what_the_set_of_acts_says(seed: int) -> None:
    formula = compile_formula(shipped.programme().formula)
    assert formula.limited
    random = Random(seed)
    told = _acts(seed)
    told += random.choices(told, k=REPEATED)
    random.shuffle(told)
    steps = []
    while told:
        size = random.randint(1, 30)
        steps.append(told[:size])
        told = told[size:]
    ledger = Ledger(formula)
    for step in steps:
        ledger.take(step)
    wanted = expected(steps, formula)
    for customer in CUSTOMERS:
        check(ledger.profile(customer), wanted.get(customer), formula)
