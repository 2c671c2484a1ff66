"""`docs/asyncapi.yaml` against the catalogue, the payload types and AsyncAPI's own schema."""

import gzip
import importlib
import inspect
import json
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from jsonschema import Draft7Validator

from shared import contracts
from shared.contracts.cloudevents import CloudEvent, kafka_binding
from shared.contracts.topics import CATALOGUE, DEAD_LETTER_SUFFIX
from shared.messaging.dead_letters import dead_letter_record
from shared.messaging.handler import DeadLetter
from shared.messaging.kafka_log.topics import topic_settings
from shared.messaging.ports import Delivery
from tests.docs import PROJECT
from tests.docs.asyncapi import component_name
from tests.shipped import programme

SPECIFICATION = Path(__file__).with_name("asyncapi-3.0.0.schema.json.gz")
"""AsyncAPI's published schema, unchanged: `schemas/3.0.0-without-$id.json` of npm's
@asyncapi/specs 6.11.1 (Copyright 2016-2025 AsyncAPI Initiative, Apache-2.0)."""

Document = dict[str, Any]


@pytest.fixture(scope="module")
def document() -> Document:
    loaded = yaml.safe_load((PROJECT / "docs" / "asyncapi.yaml").read_text())
    assert isinstance(loaded, dict)
    return loaded


@pytest.fixture(scope="module")
def specification() -> Draft7Validator:
    return Draft7Validator(json.loads(gzip.decompress(SPECIFICATION.read_bytes())))


def test_document_is_valid_asyncapi(document: Document, specification: Draft7Validator) -> None:
    errors = [f"{list(e.absolute_path)}: {e.message}" for e in specification.iter_errors(document)]

    assert errors == []


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (("channels", "acts", "bindings", "kafka", "partitions"), 0),
        (("channels", "acts", "bindings", "kafka", "topicConfiguration", "retention.ms"), "long"),
        (("operations", "events.sends.acts", "action"), "publish"),
        (("components", "messages", "Purchase", "body"), {}),
    ],
)
def test_schema_refuses_what_is_no_asyncapi(
    document: Document, specification: Draft7Validator, path: tuple[str, ...], wrong: object
) -> None:
    broken = json.loads(json.dumps(document))
    at = broken
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = wrong

    assert not specification.is_valid(broken)


def test_every_reference_resolves(document: Document) -> None:
    references = list(_references(document))

    assert len(references) > 50
    for reference in references:
        assert _resolve(document, reference) is not None, reference


def test_every_topic_is_a_channel_with_its_settings(document: Document) -> None:
    topics = {t.name: t for topic in CATALOGUE for t in (topic, topic.dead_letters) if t}
    channels = {channel["address"]: channel for channel in document["channels"].values()}

    assert channels.keys() == topics.keys()
    for name, topic in topics.items():
        kafka = channels[name]["bindings"]["kafka"]
        assert (kafka["topic"], kafka["partitions"]) == (name, topic.partitions)
        described = {
            setting: ",".join(value) if isinstance(value, list) else str(value)
            for setting, value in kafka["topicConfiguration"].items()
        }
        assert described == topic_settings(topic, replication=1)


def test_operations_are_who_writes_and_who_reads(document: Document) -> None:
    described = {
        (
            operation["action"],
            operation["tags"][0]["name"],
            _resolve(document, operation["channel"]["$ref"])["address"],
        )
        for operation in document["operations"].values()
    }
    expected = {("send", service, t.name) for t in CATALOGUE for service in t.written_by}
    for topic in CATALOGUE:
        expected |= {("receive", service, topic.name) for service in topic.read_by}
        expected |= {("send", s, topic.name + DEAD_LETTER_SUFFIX) for s in topic.read_by}

    assert described == expected


def test_catalogue_says_who_reads_and_writes_as_the_tree_does() -> None:
    for room, services in (("outbound", "written_by"), ("inbound", "read_by")):
        for topic in CATALOGUE:
            module = topic.name.split(".")[1] + "_topic.py"
            found = {file.parts[-3] for file in PROJECT.glob(f"services/*/{room}/{module}")}
            assert found == set(getattr(topic, services)), f"{room}/{module}"


def test_every_type_of_event_is_a_message(document: Document) -> None:
    declared = {
        text
        for module in _contract_modules()
        for value in vars(module).values()
        for text in (value if isinstance(value, dict) else [value])
        if isinstance(text, str) and text.startswith("io.requite.") and text.endswith(".v1")
    }
    declared |= {act.type for act in programme().acts.values()}
    # What a decision names that answers a request: no record of its own.
    declared.remove(contracts.messages.REQUESTED)
    used = {
        _resolve(document, reference["$ref"]).get("name")
        for channel in document["channels"].values()
        for reference in channel["messages"].values()
    }

    assert len(declared) >= 30
    assert used - {None} == declared


def test_every_payload_type_is_a_schema(document: Document) -> None:
    payloads = {
        name
        for module in _contract_modules()
        for name, value in vars(module).items()
        if inspect.isclass(value) and issubclass(value, msgspec.Struct)
        if value.__module__ == module.__name__
    }
    payloads |= {component_name(act) for act in programme().acts.values()}
    schemas = document["components"]["schemas"].keys() - {"EventHeaders", "DeadLetterHeaders"}

    assert schemas == payloads


@pytest.mark.parametrize("name", programme().acts)
def test_an_act_on_the_topic_fits_its_message(document: Document, name: str) -> None:
    act = programme().acts[name]
    payload = dict(act.example)
    event = CloudEvent(
        id="1",
        source="/shop",
        type=act.type,
        subject="c-1",
        time="2026-03-01T12:00:00Z",
        datacontenttype="application/json",
        extensions={"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
        data=msgspec.json.encode(payload),
    )
    headers = {name: value.decode() for name, value in kafka_binding.encode(event)[0]}
    message = document["components"]["messages"][component_name(act)]

    assert headers.keys() == document["components"]["schemas"]["EventHeaders"]["properties"].keys()
    assert _fits(document, message["headers"], headers)
    assert not _fits(document, message["headers"], headers | {"ce_type": "io.requite.other.v1"})
    assert _fits(document, message["payload"], payload)
    assert not _fits(document, message["payload"], payload | {"channel": "smoke signals"})


def test_schemas_take_what_the_decoder_takes(document: Document) -> None:
    answered = {"$ref": "#/components/schemas/Answered"}
    refund = {"$ref": "#/components/schemas/Refund"}

    assert _fits(document, answered, {"survey": "order", "value": 9, "scale": [0, 10]})
    assert not _fits(document, answered, {"survey": "order", "value": 9, "scale": [0, 5, 10]})
    assert _fits(document, refund, {"total": "12.50", "currency": "EUR"})
    assert not _fits(document, refund, {"total": "1_2", "currency": "EUR"})
    assert _fits(document, refund, {"total": 12.5, "currency": "EUR"})
    assert not _fits(document, refund, {"total": [], "currency": "EUR"})


def test_dead_letter_has_the_headers_described(document: Document) -> None:
    delivery = Delivery("requite.acts.v1", 3, 14, 1_700_000_000_000, b"c-1", b"{")
    record = dead_letter_record(DeadLetter(delivery, "not JSON"), "engagement")
    headers = {name: value.decode() for name, value in record.headers}
    schema = document["components"]["schemas"]["DeadLetterHeaders"]

    assert headers.keys() == schema["properties"].keys()
    assert _fits(document, schema, headers)


def _contract_modules() -> Iterator[Any]:
    for found in pkgutil.iter_modules(contracts.__path__):
        if not found.ispkg and found.name not in {"topics", "acts_reader"}:
            yield importlib.import_module(f"{contracts.__name__}.{found.name}")


def _fits(document: Document, schema: Document, value: object) -> bool:
    # References are to the document's root, so it stands in for the root of the schema.
    return Draft7Validator({**schema, "components": document["components"]}).is_valid(value)


def _references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _resolve(document: Document, reference: str) -> Any:
    at: Any = document
    assert reference.startswith("#/"), reference
    for step in reference[2:].split("/"):
        at = at.get(step.replace("~1", "/").replace("~0", "~"), {})
    return at or None
