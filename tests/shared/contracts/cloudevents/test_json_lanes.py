"""The fast lane and the general lane agree wherever the fast lane makes a statement."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.cloudevents import CloudEvent, InvalidEvent
from shared.contracts.cloudevents.json_format import encode_event
from shared.contracts.cloudevents.json_lanes import fast_lane, general_lane
from tests.shared.contracts.cloudevents import strategies
from tests.shared.contracts.cloudevents.members import body, body_with_text
from tests.shared.contracts.cloudevents.test_invalid_events import cases

_TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
_VALUES = {
    "specversion": ['"1.0"', '"0.3"'],
    "id": ['"1"', '"\\"quoted\\""', '""', "5"],
    "source": ['"/a"', '"not a uri"', '"\\u002Fa"'],
    "type": ['"t"', '"\\n"'],
    "subject": ['"s"', "null", '"é"'],
    "time": ['"2018-04-05T17:31:00Z"', '"noon"', "null"],
    "datacontenttype": ['"application/json"', '"text/plain"', '"nonsense"', "null"],
    "traceparent": [f'"{_TRACE}"', "null"],
    "tenant": ['"acme"', "7"],
    "data": ['{"a":"b"}', '"\\"text\\""', "null", "1.0"],
    "data_base64": ['"TWE="', "null"],
}
_member = st.sampled_from(sorted(_VALUES)).flatmap(
    lambda name: st.tuples(st.just(name), st.sampled_from(_VALUES[name]))
)
_required = st.tuples(
    *(
        st.tuples(st.just(name), st.sampled_from(_VALUES[name]))
        for name in ("specversion", "id", "source", "type")
    )
)


def _outcome(lane: Callable[[bytes], CloudEvent | None], text: bytes) -> object:
    try:
        return lane(text)
    except InvalidEvent as error:
        return error.pointer, error.reason


@given(_required, st.lists(_member, max_size=4))
def test_lanes_agree_on_any_members(
    required: tuple[tuple[str, str], ...], more: list[tuple[str, str]]
) -> None:
    members = [*required, *more]
    text = "{" + ",".join(f'"{name}": {value}' for name, value in members) + "}"
    general = _outcome(general_lane, text.encode())
    assert _outcome(fast_lane, text.encode()) in (None, general)
    if len({name for name, _ in members}) < len(members):
        assert not isinstance(general, CloudEvent)


@given(strategies.events(strategies.extensions))
def test_lanes_agree_on_valid_events(event: CloudEvent) -> None:
    text = encode_event(event)
    assert fast_lane(text) in (None, general_lane(text))


@cases
def test_lanes_agree_on_invalid_events(text: bytes, pointer: str) -> None:
    general = _outcome(general_lane, text)
    assert isinstance(general, tuple)
    assert _outcome(fast_lane, text) in (None, general)


@pytest.mark.parametrize(
    "text",
    [
        body(),
        body(subject="s", time="2018-04-05T17:31:00Z", data={"id": "other", "say": '"hi"'}),
        body(datacontenttype="application/json", dataschema="https://a/b", data="é"),
        body(traceparent=_TRACE, tracestate="a=b", data=None),
        json.dumps(json.loads(body(subject="größe")), ensure_ascii=False).encode(),
    ],
)
def test_usual_events_take_the_fast_lane(text: bytes) -> None:
    event = fast_lane(text)
    assert event is not None
    assert event == general_lane(text)


@pytest.mark.parametrize(
    "text",
    [
        body(tenant="acme"),
        body(subject=None),
        body(data_base64="TWE="),
        body(datacontenttype="text/plain", data="a"),
        body_with_text('"id":"minimal"'),
        body_with_text('"data":1,"data":1'),
    ],
)
def test_other_events_leave_the_fast_lane(text: bytes) -> None:
    assert fast_lane(text) is None
