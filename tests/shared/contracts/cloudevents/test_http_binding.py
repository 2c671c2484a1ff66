"""HTTP: the mode by content type alone, header values, the rules of binary mode."""

import pytest

from shared.contracts.cloudevents import (
    CloudEvent,
    ContentMode,
    InvalidEvent,
    Rejected,
    UnsupportedEventFormat,
)
from shared.contracts.cloudevents.http_binding import (
    content_mode,
    decode,
    encode_batch,
    encode_binary,
    encode_structured,
)
from tests.shared.contracts.cloudevents.members import body

REQUIRED = [
    (b"ce-specversion", b"1.0"),
    (b"ce-id", b"1"),
    (b"ce-source", b"/a"),
    (b"ce-type", b"t"),
]
EVENT = CloudEvent(id="1", source="/a", type="t")


def _typed(content_type: bytes) -> list[tuple[bytes, bytes]]:
    return [(b"content-type", content_type)]


def _subject(value: bytes) -> str | None:
    [event] = decode([*REQUIRED, (b"ce-subject", value)], b"")
    assert isinstance(event, CloudEvent)
    return event.subject


@pytest.mark.parametrize(
    ("content_type", "mode"),
    [
        (b"application/cloudevents+json", ContentMode.STRUCTURED),
        (b"Application/CloudEvents+JSON; charset=UTF-8", ContentMode.STRUCTURED),
        (b"application/cloudevents+json;charset=utf-8", ContentMode.STRUCTURED),
        (b"application/cloudevents-batch+json", ContentMode.BATCHED),
        (b"APPLICATION/CLOUDEVENTS-BATCH+JSON ; charset=utf-8", ContentMode.BATCHED),
        (b"application/json", ContentMode.BINARY),
        (b"text/plain; note=application/cloudevents+json", ContentMode.BINARY),
    ],
)
def test_the_content_type_tells_the_mode(content_type: bytes, mode: ContentMode) -> None:
    assert content_mode([*REQUIRED, *_typed(content_type)]) is mode


def test_no_content_type_is_binary_mode() -> None:
    assert content_mode(REQUIRED) is ContentMode.BINARY
    assert decode(REQUIRED, b"\x00") == [CloudEvent(id="1", source="/a", type="t", data=b"\x00")]


@pytest.mark.parametrize(
    "content_type",
    [
        b"application/cloudevents+xml",
        b"application/cloudevents",
        b"application/cloudevents-batch+x",
    ],
)
def test_other_event_formats_are_refused(content_type: bytes) -> None:
    with pytest.raises(UnsupportedEventFormat):
        decode([*REQUIRED, *_typed(content_type)], b"")


def test_a_structured_body_wins_over_headers() -> None:
    headers = [*REQUIRED, *_typed(b"application/cloudevents+json")]
    [event] = decode(headers, body(id="body"))
    assert isinstance(event, CloudEvent)
    assert event.id == "body"


def test_a_batch_gives_events_and_rejections() -> None:
    headers = _typed(b"application/cloudevents-batch+json; charset=UTF-8")
    event, rejected = decode(headers, b"[%s,%s]" % (body(), body(id="")))
    assert isinstance(event, CloudEvent)
    assert isinstance(rejected, Rejected)


def test_binary_mode_reads_every_attribute() -> None:
    headers = [
        *REQUIRED,
        *_typed(b"application/json"),
        (b"ce-time", b"2018-04-05T17:31:00Z"),
        (b"ce-dataschema", b"https://a/b"),
        (b"ce-traceparent", b"00-a-b-01"),
        (b"traceparent", b"00-other-01"),
        (b"x-request-id", b"7"),
    ]
    assert decode(headers, b' {"a": 1.10} ') == [
        CloudEvent(
            id="1",
            source="/a",
            type="t",
            time="2018-04-05T17:31:00Z",
            dataschema="https://a/b",
            datacontenttype="application/json",
            extensions={"traceparent": "00-a-b-01"},
            data=b' {"a": 1.10} ',
        )
    ]


@pytest.mark.parametrize(
    ("headers", "pointer"),
    [
        ([], "/specversion"),
        (REQUIRED[1:], "/specversion"),
        (REQUIRED[:3], "/type"),
        ([*REQUIRED[1:], (b"ce-specversion", b"0.3")], "/specversion"),
        ([*REQUIRED, (b"ce-id", b"2")], "/id"),
        ([*REQUIRED, (b"ce-subject", b"")], "/subject"),
        ([*REQUIRED, (b"ce-time", b"noon")], "/time"),
        ([*REQUIRED, (b"ce-datacontenttype", b"text/plain")], "/datacontenttype"),
        ([*REQUIRED, *_typed(b"json")], "/datacontenttype"),
        ([*REQUIRED, *_typed(b"text/plain"), *_typed(b"text/plain")], "/datacontenttype"),
        ([*REQUIRED, (b"ce-data", b"1")], "/data"),
        ([*REQUIRED, (b"ce-data_base64", b"TWE=")], "/data_base64"),
        ([*REQUIRED, (b"ce-my-tenant", b"a")], "/my-tenant"),
        ([*REQUIRED, (b"ce-", b"a")], ""),
        ([*REQUIRED, (b"ce-\xe9", b"a")], ""),
        ([*REQUIRED, (b"ce-subject", b"%C0%A0")], "/subject"),
        ([*REQUIRED, (b"ce-subject", b"%ED%A0%80")], "/subject"),
        ([*REQUIRED, (b"ce-subject", b"%0A")], "/subject"),
        ([*REQUIRED, (b"ce-subject", b"50%")], "/subject"),
        ([*REQUIRED, (b"ce-subject", b"%u00e9")], "/subject"),
        ([*REQUIRED, (b"ce-subject", b"\xc3\xa9")], "/subject"),
        ([*REQUIRED, (b"ce-subject", b'"open')], "/subject"),
        ([*REQUIRED, (b"ce-subject", b'"open\\"')], "/subject"),
    ],
)
def test_binary_mode_refuses(headers: list[tuple[bytes, bytes]], pointer: str) -> None:
    with pytest.raises(InvalidEvent) as caught:
        decode(headers, b"")
    assert caught.value.pointer == pointer


@pytest.mark.parametrize("data", [b"{", b"I'm just a string", b"\xff", b'"\xff"', b"1 2", b"NaN"])
def test_json_data_must_be_json(data: bytes) -> None:
    with pytest.raises(InvalidEvent, match="well-formed JSON"):
        decode([*REQUIRED, *_typed(b"application/json")], data)


def test_an_empty_body_is_no_data() -> None:
    [event] = decode([*REQUIRED, *_typed(b"application/json")], b"")
    assert isinstance(event, CloudEvent)
    assert event.data is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € 😀"),
        (b"Euro%20%e2%82%ac%20%f0%9f%98%80", "Euro € 😀"),
        (b"%41%2d%7E", "A-~"),
        (b"%2525", "%25"),
        (b"a plain space", "a plain space"),
        (b'"quoted \\"text\\" \\\\"', 'quoted "text" \\'),
        (b'say "hi there"', "say hi there"),
        (b'"%20"', " "),
        (b"back\\slash", "back\\slash"),
        (b" \tpadded\t ", "padded"),
    ],
)
def test_header_values_are_unquoted_then_decoded_once(value: bytes, text: str) -> None:
    assert _subject(value) == text


def test_header_values_are_percent_encoded() -> None:
    event = CloudEvent(id='"%" ', source="/a", type="t", subject="Euro € 😀", extensions={"n": 5})
    headers, data = encode_binary(event)
    assert data == b""
    assert headers == [
        (b"ce-specversion", b"1.0"),
        (b"ce-id", b"%22%25%22%20"),
        (b"ce-source", b"/a"),
        (b"ce-type", b"t"),
        (b"ce-subject", b"Euro%20%E2%82%AC%20%F0%9F%98%80"),
        (b"ce-n", b"5"),
    ]


def test_printable_ascii_stays_as_it_is() -> None:
    printable = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"%')
    headers, _ = encode_binary(CloudEvent(id=printable, source="/a", type="t"))
    assert (b"ce-id", printable.encode()) in headers


def test_structured_and_batched_content_types() -> None:
    assert encode_structured(EVENT)[0] == _typed(b"application/cloudevents+json; charset=UTF-8")
    headers, data = encode_batch([EVENT, EVENT])
    assert headers == _typed(b"application/cloudevents-batch+json; charset=UTF-8")
    assert decode(headers, data) == [EVENT, EVENT]
