"""`docs/asyncapi.yaml`: the topics as an AsyncAPI 3.0 document, made from the catalogue.

Bindings are those of Kafka, version 0.5.0. Payload schemas of acts are those of the shipped
programme, others msgspec's of the payload types.
"""

import inspect
import json
import tomllib
from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec

from shared.contracts import customers, engagement, feedback, messages
from shared.contracts.act_type import ActType
from shared.contracts.cloudevents.event import SPEC_VERSION
from shared.contracts.topics import (
    ACTS,
    CATALOGUE,
    CUSTOMERS,
    ENGAGEMENT,
    FEEDBACK,
    MESSAGES,
    Topic,
)
from shared.messaging.kafka_log.topics import topic_settings
from tests.docs import PROJECT, yaml_text
from tests.shipped import programme

Document: TypeAlias = dict[str, Any]

PAYLOADS: Mapping[str, Mapping[str, type[msgspec.Struct]]] = {
    CUSTOMERS.name: {customers.CUSTOMER: customers.Customer},
    ENGAGEMENT.name: {
        engagement.SCORED: engagement.Scored,
        engagement.MOMENT: engagement.Moment,
        engagement.STANDING: engagement.Standing,
    },
    FEEDBACK.name: {
        feedback.ANSWERED: feedback.Answered,
        feedback.CASE_OPENED: feedback.CaseOpened,
        feedback.CASE_CLOSED: feedback.CaseClosed,
    },
    MESSAGES.name: {
        messages.DECIDED: messages.Decided,
        messages.DELIVERED: messages.Delivered,
        messages.PREFERRED: messages.Preferred,
    },
}
"""What is said on each topic but that of acts: the payload of each type of event."""

_BINDING = "0.5.0"
_SERVER = {"$ref": "#/servers/kafka"}
_EVENT_HEADERS = {
    "ce_specversion": {"const": SPEC_VERSION},
    "ce_id": {"type": "string", "minLength": 1},
    "ce_source": {"type": "string", "format": "uri-reference", "minLength": 1},
    "ce_type": {"type": "string"},
    "ce_subject": {"type": "string", "description": "The customer's id, as in the key."},
    "ce_time": {"type": "string", "format": "date-time"},
    "ce_traceparent": {"type": "string", "description": "Trace that the act began (W3C)."},
    "content-type": {"const": "application/json"},
}
_OPTIONAL_HEADERS = {"ce_traceparent", "content-type"}
_DEAD_LETTER_HEADERS = {
    "dlt-original-topic": "Topic that the record stood on.",
    "dlt-original-partition": "Its partition, in decimal digits.",
    "dlt-original-offset": "Its offset, in decimal digits.",
    "dlt-original-timestamp": "Its timestamp in milliseconds since 1970, in decimal digits.",
    "dlt-consumer-group": "Group that could not handle it.",
    "dlt-reason": "Why, without personal data.",
}
_WHAT = """\
Records are CloudEvents 1.0 in Kafka's binary mode: attributes in headers `ce_<name>`, JSON in
the value. Every record is keyed by the customer's id, so one customer's records stay in order.
Names and addresses travel on requite.customers.v1 only. Consumers ignore members that they do
not know. The acts are those of the shipped programme; a shop may have others, which GET
/v1/events/types tells.
"""


def text() -> str:
    """The document as YAML."""
    head = "# Made from the code by `python -m tests.docs.generated`; do not edit.\n"
    return head + yaml_text.dump(document())


def document() -> Document:
    """The document as a value."""
    topics = [t for topic in CATALOGUE for t in (topic, topic.dead_letters) if t is not None]
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Requite topics",
            "version": project["version"],
            "description": _WHAT,
            "license": {"name": project["license"]},
        },
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {
                "host": "{bootstrap}",
                "protocol": "kafka",
                "description": "Set by REQUITE_KAFKA_BOOTSTRAP.",
                "variables": {"bootstrap": {"default": "127.0.0.1:9092"}},
            }
        },
        "channels": {channel_id(topic): _channel(topic) for topic in topics},
        "operations": {name: one for topic in topics for name, one in _operations(topic).items()},
        "components": {"messages": _messages(), "schemas": _schemas()},
    }


def channel_id(topic: Topic) -> str:
    """`requite.acts.v1` is `acts`, its dead letters are `acts-dlt`."""
    return topic.name.removeprefix("requite.").replace(".v1", "")


def component_name(act: ActType) -> str:
    """`subscription_renewed` is `SubscriptionRenewed`."""
    return "".join(word.capitalize() for word in act.name.split("_"))


def _channel(topic: Topic) -> Document:
    settings = topic_settings(topic, replication=1)
    configuration = {
        "cleanup.policy": [settings.pop("cleanup.policy")],
        **{name: json.loads(value) for name, value in settings.items()},
    }
    return {
        "address": topic.name,
        "description": topic.says[0].upper() + topic.says[1:] + ".",
        "servers": [_SERVER],
        "messages": {name: _component("messages", name) for name in _message_names(topic)},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": configuration,
                "bindingVersion": _BINDING,
            }
        },
    }


def _operations(topic: Topic) -> Document:
    channel = {"$ref": f"#/channels/{channel_id(topic)}"}
    operations: Document = {}
    for service in topic.written_by:
        operations[f"{service}.sends.{channel_id(topic)}"] = {
            "action": "send",
            "channel": channel,
            "tags": [{"name": service}],
        }
    for service in topic.read_by if topic.dead_letters else ():
        group = {"type": "string", "enum": [service]}
        operations[f"{service}.receives.{channel_id(topic)}"] = {
            "action": "receive",
            "channel": channel,
            "tags": [{"name": service}],
            "bindings": {"kafka": {"groupId": group, "bindingVersion": _BINDING}},
        }
    return operations


def _message_names(topic: Topic) -> list[str]:
    if topic.dead_letters is None:
        return ["DeadLetter"]
    if topic is ACTS:
        return [component_name(act) for act in _acts()]
    names = [payload.__name__ for payload in PAYLOADS[topic.name].values()]
    return [*names, "Tombstone"] if topic.cleanup == "compact" else names


def _acts() -> list[ActType]:
    return sorted(programme().acts.values(), key=lambda act: act.name)


def _messages() -> Document:
    made = {
        component_name(act): _message(component_name(act), act.type, act.description)
        | {"examples": [{"payload": dict(act.example)}]}
        for act in _acts()
    }
    made |= {
        payload.__name__: _message(
            payload.__name__, event_type, (inspect.getdoc(payload) or "").partition("\n")[0]
        )
        for payloads in PAYLOADS.values()
        for event_type, payload in payloads.items()
    }
    made["Tombstone"] = {
        "summary": "The customer of the key is erased; every reader deletes what it has of them.",
        "payload": {"type": "null"},
        "bindings": _key(),
    }
    made["DeadLetter"] = {
        "summary": "Key, value and headers as they were, and these headers more.",
        "headers": _component("schemas", "DeadLetterHeaders"),
        "payload": {"description": "The value, byte for byte."},
        "bindings": _key(),
    }
    return made


def _message(name: str, event_type: str, summary: str) -> Document:
    own = {"type": "object", "properties": {"ce_type": {"const": event_type}}}
    return {
        "name": event_type,
        "summary": summary,
        "contentType": "application/json",
        "headers": {"allOf": [_component("schemas", "EventHeaders"), own]},
        "payload": _component("schemas", name),
        "bindings": _key(),
    }


def _key() -> Document:
    key = {"type": "string", "description": "The customer's id."}
    return {"kafka": {"key": key, "bindingVersion": _BINDING}}


def _schemas() -> Document:
    payloads = [payload for each in PAYLOADS.values() for payload in each.values()]
    _, components = msgspec.json.schema_components(
        payloads, ref_template="#/components/schemas/{name}"
    )
    components |= {component_name(act): dict(act.schema) for act in _acts()}
    required = [name for name in _EVENT_HEADERS if name not in _OPTIONAL_HEADERS]
    return {
        "EventHeaders": {"type": "object", "required": required, "properties": _EVENT_HEADERS},
        "DeadLetterHeaders": {
            "type": "object",
            "required": list(_DEAD_LETTER_HEADERS),
            "properties": {
                name: {"type": "string", "description": says}
                for name, says in _DEAD_LETTER_HEADERS.items()
            },
        },
        **{name: _draft_7(components[name]) for name in sorted(components)},
    }


def _draft_7(schema: Any) -> Any:
    """A schema of 2020-12 in the dialect of AsyncAPI, JSON Schema draft 7."""
    if isinstance(schema, list):
        return [_draft_7(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == "decimal" and schema["type"] == "string":
        # msgspec describes what it writes; what it reads may also be a JSON number.
        return {"type": ["string", "number"], "format": "decimal"}
    new = {name: _draft_7(value) for name, value in schema.items()}
    if "description" in new and isinstance(new["description"], str):
        new["description"] = " ".join(new["description"].split())
    if "prefixItems" in new:
        new["additionalItems"] = new["items"]
        new["items"] = new.pop("prefixItems")
    if "dependentRequired" in new:
        new["dependencies"] = new.pop("dependentRequired")
    new.pop("$schema", None)
    if new.get("required") == []:
        del new["required"]
    return new


def _component(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}
