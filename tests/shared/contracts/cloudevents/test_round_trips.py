"""Any valid event survives every mode, and the way HTTP, Kafka and back."""

from hypothesis import given

from shared.contracts.cloudevents import CloudEvent, http_binding, json_format, kafka_binding
from shared.contracts.cloudevents.http_binding import Headers
from tests.shared.contracts.cloudevents import strategies


def _received(message: tuple[Headers, bytes]) -> CloudEvent:
    [event] = http_binding.decode(*message)
    assert isinstance(event, CloudEvent)
    return event


@given(strategies.events(strategies.extensions))
def test_json(event: CloudEvent) -> None:
    assert json_format.decode_event(json_format.encode_event(event)) == event
    assert json_format.decode_batch(json_format.encode_batch([event, event])) == [event, event]
    assert _received(http_binding.encode_structured(event)) == event
    assert _received(http_binding.encode_batch([event])) == event


@given(strategies.events(strategies.extension_texts))
def test_binary_modes(event: CloudEvent) -> None:
    assert _received(http_binding.encode_binary(event)) == event
    assert kafka_binding.decode(*kafka_binding.encode(event)) == event


@given(strategies.events(strategies.extension_texts))
def test_http_to_kafka_and_back(event: CloudEvent) -> None:
    for message in (http_binding.encode_binary(event), http_binding.encode_structured(event)):
        record = kafka_binding.encode(_received(message))
        assert _received(http_binding.encode_binary(kafka_binding.decode(*record))) == event
