"""The samples, the schema and the contracts name the same acts and members."""

from typing import Any

import msgspec
import pytest

from shared.contracts.acts import PAYLOADS, short_name
from shared.contracts.feedback import Answered
from shared.programme.samples import SAMPLES
from shared.programme.validation import schema

CONTRACTS: dict[str, type[msgspec.Struct]] = {
    **{short_name(name): contract for name, contract in PAYLOADS.items()},
    "answer": Answered,
}


def test_the_schema_knows_every_act() -> None:
    assert schema("scoring")["properties"]["acts"]["properties"].keys() == CONTRACTS.keys()


def test_every_act_that_can_be_thanked_has_samples() -> None:
    assert SAMPLES.keys() == CONTRACTS.keys() - {"refund"}


@pytest.mark.parametrize("act", SAMPLES)
def test_samples_are_the_most_and_the_least_that_a_contract_allows(act: str) -> None:
    fullest, least = SAMPLES[act]
    fields = msgspec.structs.fields(CONTRACTS[act])
    assert fullest.keys() == {field.encode_name for field in fields}
    assert least.keys() == {field.encode_name for field in fields if field.required}
    for sample in (fullest, least):
        assert_valid(sample, CONTRACTS[act])


def assert_valid(sample: dict[str, Any], contract: type[msgspec.Struct]) -> None:
    msgspec.json.decode(msgspec.json.encode(sample), type=contract)
