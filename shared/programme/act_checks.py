"""What no schema can say of acts/: what services rely on, and whether the example fits."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import msgspec

from shared.contracts.payload import Payload
from shared.contracts.relied_on import CORE, MEMBERS, WITHDRAWN, Core, Kind
from shared.errors import Invalid
from shared.programme.build import type_of_act
from shared.programme.documents import Document
from shared.programme.folder import Folder
from shared.programme.problems import Problem, did_you_mean
from shared.programme.samples import ANSWER

_PAYLOAD = "/payload"
_PROPERTIES = "/payload/properties"


def check_acts(folder: Folder) -> Iterator[Problem]:
    """Every problem in the documents of acts/ that their schema accepts."""
    present = folder.acts.keys() | folder.broken_acts
    for name in CORE:
        if name not in present:
            message = "is missing: services make or handle this act themselves"
            yield Problem(folder.file(f"acts/{name}.yaml"), 1, 1, "", message)
    for name, act in folder.acts.items():
        problems = list(_check_act(name, act))
        yield from problems or _check_example(name, act)


def _check_act(name: str, act: Document) -> Iterator[Problem]:
    if name == ANSWER:
        yield act.problem("", "answers come from surveys: choose another name")
    payload = act.data["payload"]
    yield from _check_required(act, _PAYLOAD, payload)
    members = payload.get("properties", {})
    if "channel" in members:
        message = "every act has a channel by itself: leave it out"
        yield act.problem(f"{_PROPERTIES}/channel", message)
    kinds = {**MEMBERS, **WITHDRAWN} if name == "withdrawal" else MEMBERS
    yield from _check_kinds(act, _PROPERTIES, members, kinds)
    yield from _check_money(act, payload)
    if name in CORE:
        yield from _check_core(act, payload, CORE[name])


def _check_required(act: Document, pointer: str, schema: Mapping[str, Any]) -> Iterator[Problem]:
    """`required` names members that there are, here and further in."""
    members = schema.get("properties", {})
    for index, member in enumerate(schema.get("required", ())):
        if member not in members:
            hint = did_you_mean(member, members)
            yield act.problem(
                f"{pointer}/required/{index}", f"'{member}' is not in properties.{hint}"
            )
    for name, member in members.items():
        yield from _check_required(act, f"{pointer}/properties/{name}", member)
    if "items" in schema:
        yield from _check_required(act, f"{pointer}/items", schema["items"])


def _check_kinds(
    act: Document, pointer: str, members: Mapping[str, Any], kinds: Mapping[str, Kind]
) -> Iterator[Problem]:
    for name in members.keys() & kinds.keys():
        schema, kind, place = members[name], kinds[name], f"{pointer}/{name}"
        if not _is_of(schema, kind):
            yield act.problem(place, f"means the same in every act: it must be {kind.says}")
        elif kind.members is not None:
            inner = schema["items"].get("properties", {})
            yield from _check_kinds(act, f"{place}/items/properties", inner, kind.members)


def _is_of(schema: Mapping[str, Any], kind: Kind) -> bool:
    wanted = kind.type if isinstance(kind.type, str) else list(kind.type)
    if schema["type"] != wanted or schema.get("format") != kind.format:
        return False
    if kind.members is not None and schema["items"]["type"] != "object":
        return False
    return (
        kind.longest is None or "enum" in schema or schema.get("maxLength", 10**9) <= kind.longest
    )


def _check_money(act: Document, payload: Mapping[str, Any]) -> Iterator[Problem]:
    members, required = payload.get("properties", {}), payload.get("required", ())
    if "total" in members and "currency" not in members:
        yield act.problem(f"{_PROPERTIES}/total", "an amount needs a currency beside it")
    elif "total" in required and "currency" not in required:
        yield act.problem(f"{_PAYLOAD}/required", "must have currency where it has total")
    if "margin" in members and "total" not in members:
        yield act.problem(f"{_PROPERTIES}/margin", "is a part of the total: give the act one")
    products = members.get("products", {}).get("items", {}).get("properties", {})
    for name in ("price", "cost"):
        if name in products and "currency" not in required:
            message = "needs a currency: name it in required"
            yield act.problem(f"{_PROPERTIES}/products/items/properties/{name}", message)


def _check_core(act: Document, payload: Mapping[str, Any], core: Core) -> Iterator[Problem]:
    members, required = payload.get("properties", {}), payload.get("required", ())
    for name in core.required + core.others:
        if name not in members:
            yield act.problem(_PROPERTIES, f"'{name}' is missing: services rely on it in this act")
        elif name in core.required and name not in required:
            yield act.problem(
                f"{_PAYLOAD}/required", f"must have {name}: services rely on it in this act"
            )


def _check_example(name: str, act: Document) -> Iterator[Problem]:
    made = type_of_act(name, act)
    yield from _check_fullness(act, "/example", made.schema, act.data["example"], {"channel"})
    try:
        Payload(name, made.schema).read(msgspec.json.encode(made.example))
    except Invalid as error:
        pointer = error.pointer.replace("/data", "/example", 1)
        yield act.problem(pointer, error.reason)


def _check_fullness(
    act: Document, pointer: str, schema: Mapping[str, Any], value: Any, spared: Collection[str] = ()
) -> Iterator[Problem]:
    """The example has every member, so that templates can be tried on it."""
    members = schema.get("properties", {})
    if isinstance(value, dict):
        for name in members.keys() - value.keys() - set(spared):
            yield act.problem(pointer, f"'{name}' is missing: an example has every member")
        for name in members.keys() & value.keys():
            yield from _check_fullness(act, f"{pointer}/{name}", members[name], value[name])
    elif isinstance(value, list):
        for index, item in enumerate(value):
            inner = schema.get("items", {})
            yield from _check_fullness(act, f"{pointer}/{index}", inner, item)
