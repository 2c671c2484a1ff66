"""The golden events of the CloudEvents conformance suite, from the reference shelf."""

import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
import yaml

from shared.contracts.cloudevents import CloudEvent, http_binding, json_format, kafka_binding

_SHELF = Path(__file__).resolve().parents[5] / "shared" / "data" / "cloudevents"
_MINIMAL = CloudEvent(id="minimal", type="io.cloudevents.test", source="https://cloudevents.io")
_GOLDEN = {
    "minimal": _MINIMAL,
    "allCore": msgspec.structs.replace(
        _MINIMAL,
        id="allCore",
        datacontenttype="text/plain",
        dataschema="https://cloudevents.io/dataschema",
        subject="tests",
        time="2018-04-05T17:31:00Z",
    ),
    "minimalWithTime": msgspec.structs.replace(_MINIMAL, id="minimalWithTime"),
    "minimalWithRelativeSource": msgspec.structs.replace(
        _MINIMAL, id="minimalWithRelativeSource", source="#fragment"
    ),
    "simpleTextData": msgspec.structs.replace(
        _MINIMAL, id="simpleTextData", datacontenttype="text/plain", data=b"Simple text"
    ),
    "allExtensionTypes": msgspec.structs.replace(
        _MINIMAL,
        id="allExtensionTypes",
        extensions={
            "extinteger": 10,
            "extboolean": True,
            "extstring": "text",
            "exturi": "https://cloudevents.io",
            "exturiref": "//authority/path",
            "exttimestamp": "2023-03-31T15:12:00Z",
            "extbinary": "TWE=",
        },
    ),
}


def _shelf(name: str) -> str:
    path = _SHELF / name
    if not path.exists():
        pytest.skip(f"the reference shelf has no {name}")
    return path.read_text(encoding="utf-8-sig")


def test_valid_events_of_the_json_format() -> None:
    cases = json.loads(_shelf("valid-events.json"))["tests"]
    for case in cases:
        event = json_format.decode_event(json.dumps(case["event"]).encode())
        if case["sampleId"] == "minimalWithTime":
            assert event.instant == datetime(2018, 4, 5, 17, 31, tzinfo=UTC), case["id"]
            event = msgspec.structs.replace(event, time=None)
        assert event == _GOLDEN[case["sampleId"]], case["id"]
    assert len(cases) == 10


def test_valid_events_as_one_batch() -> None:
    cases = json.loads(_shelf("valid-events.json"))["tests"]
    bodies = [json.dumps(case["event"]).encode() for case in cases]
    batch = json_format.decode_batch(b"[" + b" , ".join(bodies) + b"]")
    assert batch == [json_format.decode_event(body) for body in bodies]


def test_binary_cases_through_http_and_kafka() -> None:
    # The base loader reads `specversion: 1.0` as the text that it stands for.
    cases = list(yaml.load_all(_shelf("v1_minimum.yaml"), yaml.BaseLoader))
    for case in cases:
        attributes: dict[str, str] = case["ContextAttributes"]
        data = case["Data"].encode()
        content_type = attributes.pop("datacontenttype").encode()
        http = [(f"ce-{name}".encode(), value.encode()) for name, value in attributes.items()]
        kafka = [(f"ce_{name}", value.encode()) for name, value in attributes.items()]
        [event] = http_binding.decode([*http, (b"content-type", content_type)], data)
        assert event == kafka_binding.decode([*kafka, ("content-type", content_type)], data)
        assert isinstance(event, CloudEvent)
        assert (event.id, event.data) == (attributes["id"], data)
        assert sorted(http_binding.encode_binary(event)[0]) == sorted(
            [*http, (b"content-type", content_type)]
        )
    assert len(cases) == 6
