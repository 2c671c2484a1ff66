"""The JSON event format: data by media type, nulls, extension types, batches."""

import json
from datetime import UTC, datetime

import pytest

from shared.contracts.cloudevents import CloudEvent, InvalidEvent, Rejected
from shared.contracts.cloudevents.json_format import (
    decode_batch,
    decode_event,
    encode_batch,
    encode_event,
)
from tests.shared.contracts.cloudevents.members import body, body_with_text


@pytest.mark.parametrize(
    "text",
    [
        "null",
        "1.10",
        "12345678901234567890.123456789",
        "1E400",
        '{ "amount" :\t129.90 }',
        '"{\\"a\\":1}"',
        '"\\u00e9 é"',
        "[]",
        "{}",
        "false",
    ],
)
@pytest.mark.parametrize("media_type", ["application/json", "application/vnd.shop+json; v=1", None])
def test_json_data_stays_as_sent(text: str, media_type: str | None) -> None:
    typed = f'"datacontenttype":{json.dumps(media_type)},"data":'
    event = decode_event(body_with_text(typed + text))
    assert event.data == text.encode()
    assert event.datacontenttype == (media_type or "application/json")
    assert decode_event(encode_event(event)) == event
    assert text.encode() in encode_event(event)


def test_data_without_datacontenttype_is_json() -> None:
    assert decode_event(body(data=1)).datacontenttype == "application/json"
    assert decode_event(body(data=1, datacontenttype=None)).datacontenttype == "application/json"


def test_no_data_and_data_null_are_not_the_same() -> None:
    assert decode_event(body()).data is None
    assert decode_event(body()).datacontenttype is None
    assert decode_event(body(data=None)).data == b"null"
    assert b'"data"' not in encode_event(decode_event(body()))


def test_text_data_is_written_in_its_charset() -> None:
    event = decode_event(body(datacontenttype="text/plain; charset=ISO-8859-1", data="é"))
    assert event.data == b"\xe9"
    assert json.loads(encode_event(event))["data"] == "é"
    assert decode_event(body(datacontenttype="text/plain", data="")).data == b""


@pytest.mark.parametrize(
    ("media_type", "data"),
    [("application/octet-stream", b"abc"), ("text/plain", b"\xff"), (None, b'{"a":1}')],
)
def test_binary_data_goes_as_base64(media_type: str | None, data: bytes) -> None:
    event = CloudEvent(id="1", source="/a", type="t", datacontenttype=media_type, data=data)
    members = json.loads(encode_event(event))
    assert "data" not in members
    assert decode_event(encode_event(event)) == event


def test_base64_null_counts_as_absent() -> None:
    assert decode_event(body(data_base64=None)).data is None
    assert decode_event(body(data_base64=None, data=5)).data == b"5"


def test_base64_without_datacontenttype_implies_no_media_type() -> None:
    event = decode_event(body(data_base64="eyJ4IjoxfQ=="))
    assert (event.data, event.datacontenttype) == (b'{"x":1}', None)


def test_extensions_keep_their_types() -> None:
    extensions = {"flag": True, "number": -(2**31), "text": "", "traceparent": "00-0af-b7-01"}
    event = decode_event(body(**extensions, unset=None))
    assert event.extensions == extensions
    assert event.extensions["flag"] is True
    assert decode_event(encode_event(event)) == event


def test_integer_zero_may_have_a_minus_sign() -> None:
    assert decode_event(body_with_text('"number":-0')).extensions == {"number": 0}


def test_time_is_kept_as_text_and_read_as_a_moment() -> None:
    event = decode_event(body(time="2018-04-05T18:31:00.123456789+01:00"))
    assert event.time == "2018-04-05T18:31:00.123456789+01:00"
    assert event.instant == datetime(2018, 4, 5, 17, 31, 0, 123456, UTC)
    assert decode_event(body()).instant is None


def test_a_batch_may_be_empty() -> None:
    assert decode_batch(b" [ ] ") == []
    assert encode_batch([]) == b"[]"


@pytest.mark.parametrize(
    "text", [b"{}", b"null", b"", b"[", b"[{}", b"[1,]", b"[1 2]", b"[]]", b'"a"', body()]
)
def test_a_batch_that_is_no_array_is_invalid(text: bytes) -> None:
    with pytest.raises(InvalidEvent):
        decode_batch(text)


def test_a_rejected_element_tells_who_sent_it() -> None:
    assert decode_batch(b"[%s]" % body(time="noon")) == [
        Rejected(
            pointer="/time",
            reason="The attribute time must be a date-time of RFC 3339.",
            raw=body(time="noon"),
            id="minimal",
            source="https://cloudevents.io",
        )
    ]


@pytest.mark.parametrize(
    ("text", "id", "source"),
    [
        (body(id=5), None, "https://cloudevents.io"),
        (body(source="no uri"), "minimal", None),
        (body(id="a\nb"), None, "https://cloudevents.io"),
        (b"17", None, None),
    ],
)
def test_a_rejected_element_tells_only_what_is_valid(
    text: bytes, id: str | None, source: str | None
) -> None:
    [rejected] = decode_batch(b"[%s]" % text)
    assert isinstance(rejected, Rejected)
    assert (rejected.id, rejected.source) == (id, source)


def test_a_batch_round_trip_keeps_order() -> None:
    batch = [decode_event(body(id=str(number), data=number)) for number in range(50)]
    assert decode_batch(encode_batch(batch)) == batch
