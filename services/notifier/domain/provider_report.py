"""What a provider's webhook says came back, read as the channel's file maps it."""

import re
from collections.abc import Sequence
from typing import Any

from services.notifier.domain.returned import Kind, Returned, message_ids
from shared.clock import epoch_ms
from shared.contracts.cloudevents.timestamp import parse_timestamp
from shared.json_pointer import value_at
from shared.programme.channel_rules import BounceRules

_SECONDS = re.compile(r"[0-9]{9,11}(\.[0-9]{1,9})?")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,49}")
"""Longer texts, and those with an @, may hold an address, which a code must not."""
_LONGEST_ADDRESS = 400


def items_of(rules: BounceRules, document: Any) -> Sequence[Any]:
    """All that a body tells; nothing where the file points to nothing."""
    told = value_at(document, rules.items)
    if told is None:
        return ()
    return told if isinstance(told, list) else [told]


def read_item(rules: BounceRules, item: Any, address_kind: str | None) -> Returned | str:
    """What one item says, or why it is ignored. Addresses are of `address_kind`; None: those of
    the channel are no addresses."""
    kind = _kind(rules, item)
    if kind is None:
        return "a kind that the channel's file does not name"
    messages = message_ids(_text(item, rules.message_id))
    address = _text(item, rules.address).strip()
    known = address_kind and 0 < len(address) <= _LONGEST_ADDRESS
    if not messages and not known:
        return "it names no message and no address"
    code = _text(item, rules.code)
    return Returned(
        kind=kind,
        messages=messages,
        addresses=((address_kind, address),) if known else (),
        code=code if _CODE.fullmatch(code) else None,
        time=_time(_text(item, rules.time)),
        trusted=True,
    )


def _kind(rules: BounceRules, item: Any) -> Kind | None:
    kind = rules.kinds.get(_text(item, rules.kind))
    if kind != "hard":
        return kind
    found = ((value_at(item, pointer), wanted) for pointer, wanted in rules.hard_where.items())
    same = all(type(value) is type(wanted) and value == wanted for value, wanted in found)
    return "hard" if same else "soft"


def _text(item: Any, pointer: str | None) -> str:
    """A text, or a number as one; "" for all else."""
    value = value_at(item, pointer) if pointer is not None else None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value) if abs(value) < 10**15 else ""
    return value if isinstance(value, str) else ""


def _time(text: str) -> int | None:
    """Milliseconds, of seconds since 1970 or a time of RFC 3339."""
    if _SECONDS.fullmatch(text):
        return int(float(text) * 1000)
    try:
        return epoch_ms(parse_timestamp(text))
    except ValueError:
        return None
