"""Building an event in code: `check` holds it to the same rules."""

import msgspec
import pytest

from shared.contracts.cloudevents import CloudEvent, InvalidEvent, check
from shared.contracts.cloudevents.event import AttributeValue

EVENT = CloudEvent(id="1", source="/a", type="t")


def test_a_valid_event_comes_back_as_it_is() -> None:
    assert check(EVENT) is EVENT


@pytest.mark.parametrize("name", ["id", "data", "specversion", "time", "Upper", "a_b", ""])
def test_an_extension_name_is_neither_reserved_nor_odd(name: str) -> None:
    with pytest.raises(InvalidEvent):
        check(msgspec.structs.replace(EVENT, extensions={name: "a"}))


@pytest.mark.parametrize("value", [2**31, -(2**31) - 1, "\n", "\ud800", 1.5, None])
def test_an_extension_value_is_text_int32_or_boolean(value: AttributeValue) -> None:
    with pytest.raises(InvalidEvent):
        check(msgspec.structs.replace(EVENT, extensions={"tenant": value}))


def test_json_data_is_held_to_its_media_type() -> None:
    # Data goes into the JSON format as it stands, so anything else could forge members.
    forged = b'1,"id":"other"'
    with pytest.raises(InvalidEvent, match="/data"):
        check(msgspec.structs.replace(EVENT, datacontenttype="application/json", data=forged))
    as_text = msgspec.structs.replace(EVENT, datacontenttype="text/plain", data=forged)
    assert check(as_text) is as_text
