"""channels/<name>.yaml as plain frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

import msgspec

from shared.webhooks.signature import Signature

BounceKind = Literal["hard", "soft", "complaint", "unsubscribe"]


@dataclass(frozen=True, slots=True)
class BounceRules:
    """How to read what a provider's webhook says came back, proved by `signature`.

    `items` is the JSON Pointer to the list of what is told, or to the only one; "" is the body.
    The others point into an item: `kind` to a text that `kinds` gives its meaning, and a hard one
    is soft unless every pointer of `hard_where` leads to the value there.
    """

    signature: Signature
    kind: str
    kinds: Mapping[str, BounceKind]
    items: str = ""
    message_id: str | None = None
    address: str | None = None
    code: str | None = None
    time: str | None = None
    hard_where: Mapping[str, str | int | bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChannelRules:
    """A way to customers: `adapter` carries it out, as `options` say, at most `per_second` a
    process (0: as fast as it goes), `at_once` at a time.

    `options` are mappings, tuples and plain values, as the adapter wants them; what only it can
    check it reports by `file` and `lines`, the line of each member by JSON Pointer. `bounces` is
    for providers that tell by a webhook what came back.
    """

    name: str
    adapter: str
    options: Mapping[str, Any]
    per_second: float = 0
    at_once: int = 8
    bounces: BounceRules | None = None
    file: str = ""
    lines: Mapping[str, int] = field(default_factory=dict, repr=False, compare=False)


def build_bounce_rules(data: Mapping[str, Any]) -> BounceRules:
    """`data` must have passed its schema."""
    frozen = {name: MappingProxyType(data.get(name, {})) for name in ("kinds", "hard_where")}
    signature = msgspec.convert(data["signature"], Signature)
    return BounceRules(**{**data, **frozen, "signature": signature})
