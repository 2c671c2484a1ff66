"""The connector of a sender that the mapping language describes."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, structs

from services.events.connectors.act import told
from services.events.connectors.port import Reading
from services.events.connectors.setup import Setup
from services.events.mapping.document import MappingError
from services.events.mapping.documents import parse_json, rows_of
from services.events.mapping.language import ActsMapping
from services.events.mapping.parser import parse_body_mapping
from services.events.mapping.telling import tell
from shared.contracts.cloudevents import CloudEvent
from shared.errors import Invalid
from shared.webhooks.delivery import Delivery
from shared.webhooks.signature import Signature


class Options(Struct, forbid_unknown_fields=True):
    """What a source's file must set."""

    signature: Signature
    mapping: dict[str, Any]


class MappedWebhooks:
    """A body is one JSON document: one row, or a list of them. It is taken as a whole or, where
    one row can't be read, not at all."""

    reads = frozenset[str]()

    def __init__(self, setup: Setup) -> None:
        options = setup.options_as(Options)
        self._signature = options.signature
        self._mapping = _parse(setup)

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> None:
        self._signature.verify(delivery, secrets)

    def read(self, delivery: Delivery) -> Reading:
        document = parse_json(delivery.body)
        each = self._mapping.file.each
        whole = not each and not isinstance(document, list)
        acts: list[CloudEvent] = []
        for index, row in enumerate(rows_of(document, each)):
            try:
                acts += _tell(self._mapping, row)
            except Invalid as error:
                place = "" if whole else f"{each}/{index}"
                raise Invalid(error.reason, f"{place}{error.pointer}") from None
        if not acts:
            return Reading(ignored="nothing that the mapping calls an act")
        received = told(delivery.received_at)
        return Reading(
            acts=tuple(act if act.time else structs.replace(act, time=received) for act in acts)
        )


def _tell(mapping: ActsMapping, row: object) -> Sequence[CloudEvent]:
    if not isinstance(row, dict):
        raise Invalid("no JSON object")
    said = tell(mapping, row)
    if said.nobody and not said.events:
        raise Invalid("empty: it says who did this", said.nobody)
    return said.events


def _parse(setup: Setup) -> ActsMapping:
    try:
        return parse_body_mapping(
            setup.source, _thawed(setup.options["mapping"]), setup.email_alias
        )
    except MappingError as error:
        first = error.problems[0]
        _, _, reason = first.reason.partition(": ")  # the pointer says where
        raise Invalid(reason, f"/mapping{first.pointer}") from None


def _thawed(value: Any) -> Any:
    """Plain dicts and lists, which JSON Schema knows."""
    if isinstance(value, Mapping):
        return {key: _thawed(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_thawed(item) for item in value]
    return value
