"""Samples are the most and the least that an act can say."""

from typing import Any

import msgspec
import pytest

from shared.contracts.acts import PREFIX
from shared.contracts.cloudevents import CloudEvent
from shared.contracts.feedback import Answered
from shared.programme.samples import ANSWER, samples
from tests.shipped import catalogue, programme

SAMPLES = samples(programme().acts)


@pytest.mark.parametrize("name", programme().acts)
def test_samples_are_the_most_and_the_least_that_an_act_says(name: str) -> None:
    fullest, least = SAMPLES[name]
    schema = programme().acts[name].schema
    assert fullest.keys() == schema["properties"].keys()
    assert least.keys() == set(schema["required"])
    for sample in (fullest, least):
        catalogue().check(make_event(name, sample))


def test_an_answer_has_samples_too() -> None:
    fullest, least = SAMPLES[ANSWER]
    fields = msgspec.structs.fields(Answered)
    assert fullest.keys() == {field.encode_name for field in fields}
    assert least.keys() == {field.encode_name for field in fields if field.required}
    for sample in (fullest, least):
        msgspec.json.decode(msgspec.json.encode(sample), type=Answered)


def make_event(name: str, data: Any) -> CloudEvent:
    return CloudEvent(
        id="1",
        source="/shop",
        type=f"{PREFIX}{name}.v1",
        subject="c-1",
        data=msgspec.json.encode(data),
    )
