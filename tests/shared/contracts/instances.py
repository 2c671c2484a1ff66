"""Strategies: data that fits the schema of an act, and data that is spoilt in one place."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from shared.contracts.act_type import JsonSchema

_AMOUNTS = st.decimals(0, 10**9, places=2).map(str)
_JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    st.sampled_from(["", "EUR", "1_0", "+1", "1e3", "NaN", "1.", "-1", "2026-01-05T10:00:00Z"]),
    st.sampled_from(["2026-01-05 10:00:00Z", "2026-01-05T10:00:00+0100", "1\n", "EUR\n", "web"]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.sampled_from(["name", "price", "x"]), st.integers(), max_size=2),
    st.text("x", min_size=199, max_size=201),
    st.text("x", min_size=399, max_size=401),
)


def fitting(schema: JsonSchema, name: str = "") -> st.SearchStrategy[Any]:
    """Data that the schema accepts; the required members and some of the others."""
    match schema:
        case {"enum": values}:
            return st.sampled_from(values)
        case {"format": "date-time"}:
            return st.datetimes().map(lambda moment: f"{moment.isoformat()}Z")
        case {"format": "decimal"}:
            return _AMOUNTS | st.integers(0, 10**9)
        case {"pattern": _}:
            return st.sampled_from(["EUR", "USD", "GBP"])
        case {"type": "string"}:
            least = schema.get("minLength", 0)
            return st.text(min_size=least, max_size=min(schema.get("maxLength", 10), 10))
        case {"type": "integer"}:
            return st.integers(schema.get("minimum"), schema.get("maximum"))
        case {"type": "boolean"}:
            return st.booleans()
        case {"type": "array"}:
            return st.lists(fitting(schema["items"]), max_size=2)
    return _object(schema)


def _object(schema: JsonSchema) -> st.SearchStrategy[dict[str, Any]]:
    members = {name: fitting(one, name) for name, one in schema.get("properties", {}).items()}
    required = schema.get("required", [])
    return st.fixed_dictionaries(
        {name: members[name] for name in required},
        optional={name: one for name, one in members.items() if name not in required},
    )


@st.composite
def spoilt(draw: st.DrawFn, schema: JsonSchema) -> Any:
    """Fitting data with one member, here or further in, left out or replaced by junk."""
    data = draw(fitting(schema))
    at: Any = data
    while True:
        keys = list(schema.get("properties", {})) if isinstance(at, dict) else list(range(len(at)))
        if not keys:
            return data
        key = draw(st.sampled_from(keys))
        inner = at.get(key) if isinstance(at, dict) else at[key]
        if isinstance(inner, dict | list) and inner and draw(st.booleans()):
            schema = _inner(schema, key)
            at = inner
            continue
        if isinstance(at, dict) and draw(st.booleans()):
            at.pop(key, None)
        else:
            at[key] = draw(_JUNK)
        return data


def _inner(schema: JsonSchema, key: str | int) -> Mapping[str, Any]:
    inner: Mapping[str, Any] = (
        schema["properties"][key] if isinstance(key, str) else schema["items"]
    )
    return inner
