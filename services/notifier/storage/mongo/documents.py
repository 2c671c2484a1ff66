"""Documents to domain values and back. Members are named as in fields.py, and left out where they
are None."""

from bson.codec_options import CodecOptions, TypeDecoder, TypeRegistry
from bson.int64 import Int64

from services.notifier.domain.decision import Decision
from services.notifier.domain.message import Message
from services.notifier.ports.decisions import Position
from services.notifier.storage import fields
from shared.storage.mongo import Database, Document


class _PlainIntegers(TypeDecoder):
    """Times are no Int64, which only BSON knows."""

    bson_type = Int64

    def transform_bson(self, value: Int64) -> int:
        return int(value)


def with_plain_integers(database: Database) -> Database:
    """The same database, whose integers are read as integers."""
    registry = TypeRegistry([_PlainIntegers()])
    options: CodecOptions[Document] = database.codec_options
    return database.with_options(options.with_options(type_registry=registry))


def of_decision(decision: Decision) -> Document:
    """The document of a decision."""
    return _with_id(fields.decision_fields(decision))


def of_message(message: Message) -> Document:
    """The document of a message."""
    return _with_id(fields.message_fields(message))


def decision(document: Document) -> Decision:
    """The decision that a document holds."""
    document["id"] = document["_id"]
    return fields.read_decision(document)


def message(document: Document) -> Message:
    """The message that a document holds."""
    document["id"] = document["_id"]
    return fields.read_message(document)


def to_be(values: Document) -> Document:
    """The update after which a document has these members, and none of those that are None."""
    there = {name: value for name, value in values.items() if value is not None}
    gone = {name: "" for name, value in values.items() if value is None}
    return ({"$set": there} if there else {}) | ({"$unset": gone} if gone else {})


def older(time: str, than: Position) -> Document:
    """Filter for what comes after a position when sorted by the member `time`, newest first."""
    return {
        time: {"$lte": than.time},
        "$or": [{time: {"$lt": than.time}}, {"_id": {"$lt": than.id}}],
    }


def newer(time: str, than: Position) -> Document:
    """The same when the oldest is first."""
    return {
        time: {"$gte": than.time},
        "$or": [{time: {"$gt": than.time}}, {"_id": {"$gt": than.id}}],
    }


def _with_id(values: fields.Fields) -> Document:
    document = {name: value for name, value in values.items() if value is not None}
    document["_id"] = document.pop("id")
    return document
