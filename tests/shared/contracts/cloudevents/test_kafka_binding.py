"""Kafka: header names and values, tombstones, structured records, events within events."""

import pytest

from shared.contracts.cloudevents import CloudEvent, InvalidEvent, UnsupportedEventFormat
from shared.contracts.cloudevents.json_format import encode_event
from shared.contracts.cloudevents.kafka_binding import decode, encode
from tests.shared.contracts.cloudevents.members import body

REQUIRED = [
    ("ce_specversion", b"1.0"),
    ("ce_id", b"1"),
    ("ce_source", b"/a"),
    ("ce_type", b"t"),
]


def test_binary_mode_writes_utf8_headers_without_percent_encoding() -> None:
    event = CloudEvent(
        id="Euro € 50%",
        source="/a",
        type="t",
        datacontenttype="application/json",
        extensions={"partitionkey": "k", "flag": True, "off": False, "number": 5},
        data=b'{"a":1.10}',
    )
    headers, value = encode(event)
    assert value == b'{"a":1.10}'
    assert headers == [
        ("ce_specversion", b"1.0"),
        ("ce_id", "Euro € 50%".encode()),
        ("ce_source", b"/a"),
        ("ce_type", b"t"),
        ("ce_partitionkey", b"k"),
        ("ce_flag", b"true"),
        ("ce_off", b"false"),
        ("ce_number", b"5"),
        ("content-type", b"application/json"),
    ]


def test_an_event_without_data_is_a_tombstone() -> None:
    event = CloudEvent(id="1", source="/a", type="t")
    assert encode(event) == (REQUIRED, None)
    assert decode(REQUIRED, None) == event
    assert decode(REQUIRED, b"").data == b""


def test_other_headers_and_null_headers_count_for_nothing() -> None:
    headers = [*REQUIRED, ("traceparent", b"x"), ("CE_subject", b"s"), ("ce_subject", None)]
    assert decode(headers, None) == CloudEvent(id="1", source="/a", type="t")


@pytest.mark.parametrize(
    ("headers", "value", "pointer"),
    [
        ([], b"{}", "/specversion"),
        (REQUIRED[:2], None, "/source"),
        ([*REQUIRED, ("ce_id", b"2")], None, "/id"),
        ([*REQUIRED, ("ce_time", b"noon")], None, "/time"),
        ([*REQUIRED, ("ce_Subject", b"s")], None, "/Subject"),
        ([*REQUIRED, ("ce_subject", b"\xff")], None, "/subject"),
        ([*REQUIRED, ("ce_data", b"1")], None, "/data"),
        ([*REQUIRED, ("ce_datacontenttype", b"a/b")], None, "/datacontenttype"),
        ([*REQUIRED, ("content-type", b"\xff")], None, "/datacontenttype"),
        ([*REQUIRED, ("content-type", b"a/b"), ("content-type", b"a/b")], b"", "/datacontenttype"),
        ([*REQUIRED, ("content-type", b"application/json")], b"{", "/data"),
        ([*REQUIRED, ("content-type", b"application/json")], b"", "/data"),
        ([("content-type", b"application/cloudevents+json")], None, ""),
        ([("content-type", b"application/cloudevents+json")], body(id=""), "/id"),
    ],
)
def test_decode_refuses(
    headers: list[tuple[str, bytes]], value: bytes | None, pointer: str
) -> None:
    with pytest.raises(InvalidEvent) as caught:
        decode(headers, value)
    assert caught.value.pointer == pointer


def test_a_structured_record_is_read_from_its_value() -> None:
    headers = [*REQUIRED, ("content-type", b"Application/CloudEvents+JSON; charset=UTF-8")]
    assert decode(headers, body(id="body")).id == "body"


@pytest.mark.parametrize(
    "media_type", [b"application/cloudevents-batch+json", b"application/cloudevents+avro"]
)
def test_batches_and_other_formats_are_refused(media_type: bytes) -> None:
    with pytest.raises(UnsupportedEventFormat):
        decode([*REQUIRED, ("content-type", media_type)], b"[]")


def test_data_that_is_an_event_is_never_taken_for_the_event() -> None:
    event = CloudEvent(
        id="outer",
        source="/a",
        type="t",
        datacontenttype="Application/CloudEvents+json",
        data=body(id="inner"),
    )
    headers, value = encode(event)
    assert (headers, value) == (
        [("content-type", b"application/cloudevents+json")],
        encode_event(event),
    )
    assert decode(headers, value) == event
